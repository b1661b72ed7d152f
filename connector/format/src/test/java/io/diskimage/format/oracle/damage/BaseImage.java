package io.diskimage.format.oracle.damage;

import io.diskimage.format.oracle.ImageRecipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * An image in good order, of which damaged ones are made.
 *
 * @param recipe by which it was made
 * @param directory where its damaged copies belong: what they refer to lies there
 * @param bytes of its file
 */
public record BaseImage(ImageRecipe recipe, Path directory, ImageBytes bytes) {
  /** So many damaged images have one of {@link Qcow2Faults}, the others random damage. */
  private static final int FAULT_EVERY = 3;

  /**
   * Makes the image.
   *
   * @param directory exists and is empty
   */
  public static BaseImage build(ImageRecipe recipe, Path directory) {
    Path file = recipe.build(directory);
    boolean qcow2 = recipe.format().equals("qcow2");
    try {
      ImageBytes bytes =
          ImageBytes.read(file, qcow2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
      if (recipe.format().equals("parallels")) {
        ParallelsVariants.apply(recipe.name(), bytes);
      }
      return new BaseImage(recipe, directory, bytes);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Makes some damaged images, each of which depends on the seed and its own name only. */
  public List<DamagedImage> damaged(int count) {
    List<DamagedImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = recipe.name() + "." + i;
      Random random = new Random(recipe.seed() * 1_000_003 + name.hashCode());
      images.add(damaged(name, random, i));
    }
    return images;
  }

  private DamagedImage damaged(String name, Random random, int number) {
    Layout layout = layout();
    while (true) {
      ImageBytes copy = bytes.copy();
      Mutation mutation = new Mutation(random, layout, copy);
      if (layout instanceof Qcow2Layout qcow2 && number % FAULT_EVERY == 0) {
        int turn = turn() + number / FAULT_EVERY;
        new Qcow2Faults(random, qcow2, copy, mutation).fault(turn);
      } else {
        mutation.someDamage();
      }
      if (layout.affordable(copy)) {
        return new DamagedImage(name, this, copy, mutation.done());
      }
    }
  }

  /** Images of a kind come in a fixed distance, and each is to have the faults after the last. */
  private int turn() {
    int number = Integer.parseInt(recipe.name().substring(recipe.name().indexOf('-') + 1));
    return number / DamagedImages.KINDS_RETURN * (DamagedImages.PER_BASE / FAULT_EVERY);
  }

  private Layout layout() {
    return switch (recipe.format()) {
      case "qcow2" -> new Qcow2Layout(bytes);
      case "parallels" -> new ParallelsLayout(bytes);
      default -> new VdiLayout(bytes);
    };
  }
}
