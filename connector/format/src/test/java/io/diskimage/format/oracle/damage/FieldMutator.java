package io.diskimage.format.oracle.damage;

import io.diskimage.format.ImageFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Changes an image in places that its {@link Layout} knows. */
record FieldMutator(ImageFormat format, String name, ImageBytes bytes, Layout layout)
    implements Mutator {
  private static final int MOST_CHANGES = 4;
  private static final int LONGEST_REPEAT = 64 << 10;

  @Override
  public boolean derivesKey() {
    return layout instanceof LuksLayout;
  }

  @Override
  public Mutant mutate(Random random) {
    ImageBytes copy = bytes.copy();
    Mutation mutation = new Mutation(random, layout, copy);
    List<String> repeats = new ArrayList<>();
    for (int i = 1 + random.nextInt(MOST_CHANGES); i > 0; i--) {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> mutation.damage();
        case 3 -> repeats.add(repeat(random, copy));
        default -> extreme(random, mutation, copy);
      }
    }
    // Mostly signed: what a checksum keeps from being read finds nothing.
    boolean signed = random.nextInt(4) > 0;
    if (signed) {
      layout.sign(copy);
    }
    List<String> changes = new ArrayList<>(mutation.done());
    changes.addAll(repeats);
    changes.add(signed ? "signed" : "not signed");
    return new Mutant(copy, changes);
  }

  private void extreme(Random random, Mutation mutation, ImageBytes copy) {
    List<Entries> all = layout.entries();
    Entries entries = all.get(random.nextInt(all.size()));
    long index = random.nextLong(entries.count());
    Extremes extremes = new Extremes(random, layout, copy.length());
    mutation.set(entries, index, extremes.value(entries, entries.value(copy, index)));
  }

  /** One place of the file once more in another one. */
  private String repeat(Random random, ImageBytes copy) {
    int length = (int) Math.min(LONGEST_REPEAT, layout.clusterSize());
    long from = landmark(random);
    long to = landmark(random);
    byte[] block = new byte[length];
    copy.read(from, ByteBuffer.wrap(block));
    copy.write(to, block);
    return length + " bytes from " + from + " at " + to;
  }

  private long landmark(Random random) {
    return layout.landmarks().get(random.nextInt(layout.landmarks().size()));
  }
}
