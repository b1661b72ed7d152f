package io.diskimage.format.vhd;

import io.diskimage.format.oracle.write.CreateCase;
import java.util.List;
import java.util.Random;

/** Fixed VHD alone, whose resizes are of another kind. */
public final class VhdFixedWriterProfile extends VhdWriterProfile {

  @Override
  public CreateCase random(Random random) {
    return CreateCase.of(512L * (1 + random.nextInt(600)), "subformat=fixed,force_size=on");
  }

  @Override
  public long clusterSize(CreateCase created) {
    return 4096;
  }

  @Override
  public List<CreateCase> createMatrix() {
    return List.of();
  }

  @Override
  public List<CreateCase> refusedCases() {
    return List.of();
  }
}
