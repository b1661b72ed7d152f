package io.diskimage.format.bundle;

import io.diskimage.format.ImageException;
import io.diskimage.format.ImageInput;
import io.diskimage.format.IoCounters;
import io.diskimage.format.Limits;
import io.diskimage.format.NotAnImageException;
import io.diskimage.format.UnsupportedImageException;
import io.diskimage.format.bundle.Descriptor.Origin;
import io.diskimage.format.bundle.Descriptor.Shot;
import io.diskimage.format.bundle.Descriptor.Storage;
import io.diskimage.format.bundle.Descriptor.StorageFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Reads a descriptor: rows 1 to 4 of parallels-bundle.md section 6 and the GUID syntax of row 8.
 * Unknown elements are passed over; of a known one that may stand once a second one is refused,
 * since readers would differ in which they take.
 */
final class DescriptorReader {
  private static final long NUMBER_BOUND = 1L << 54;

  private static final Set<String> PARAMETERS =
      Set.of(
          "Disk_size",
          "Cylinders",
          "Heads",
          "Sectors",
          "PhysicalSectorSize",
          "LogicSectorSize",
          "Padding",
          "UID",
          "Name",
          "Max_delta_size");

  private static final Set<String> ENCRYPTION = Set.of("Engine", "KeyId");

  private static final Set<String> MISCELLANEOUS =
      Set.of(
          "CompatLevel",
          "SuspendState",
          "ChangeState",
          "ShutdownState",
          "Bootable",
          "GuestToolsVersion",
          "DupBlocksCnt",
          "CorruptBlocksCnt",
          "UnrefBlocksCnt",
          "OutOfDiskBlocksCnt",
          "BatOverlapBlocksCnt",
          "TruncatedBlocksCnt",
          "BlocksCnt",
          "ReferencedBlocksCnt");

  private final DescriptorXml xml;
  private final Map<String, String> parameters = new LinkedHashMap<>();
  private final List<Storage> storages = new ArrayList<>();
  private final List<Shot> shots = new ArrayList<>();
  private Origin origin;
  private UUID top;

  private DescriptorReader(DescriptorXml xml) {
    this.xml = xml;
  }

  static Descriptor read(ImageInput input, Limits limits, IoCounters io) throws IOException {
    DescriptorXml xml = DescriptorXml.open(input, limits, io);
    String root = xml.child() ? xml.name() : "";
    String version = root.isEmpty() ? null : xml.attribute("Version");
    String refusal =
        "Unsupported Parallels disk descriptor: root element '"
            + root
            + "', version '"
            + version
            + "'";
    if (!Descriptor.ROOTS.contains(root)) {
      throw new NotAnImageException(input.location(), ImageException.NO_OFFSET, refusal);
    }
    if (version != null && !version.equals("1.0")) {
      throw new UnsupportedImageException(input.location(), ImageException.NO_OFFSET, refusal);
    }
    DescriptorReader reader = new DescriptorReader(xml);
    reader.readRoot();
    // What stands behind the root must be well-formed too.
    while (xml.child()) {
      xml.skip();
    }
    return reader.descriptor(root, version);
  }

  private void readRoot() throws ImageException {
    Set<String> seen = new HashSet<>();
    while (xml.child()) {
      String name = xml.name();
      switch (name) {
        case "Disk_Parameters" -> {
          once(seen, name);
          readTexts(PARAMETERS, parameters, true);
        }
        case "StorageData" -> {
          once(seen, name);
          readStorageData();
        }
        case "Snapshots" -> {
          once(seen, name);
          readSnapshots();
        }
        default -> xml.skip();
      }
    }
    if (!seen.contains("Snapshots")) {
      throw notFound("Snapshots");
    }
  }

  private void once(Set<String> seen, String name) throws ImageException {
    if (!seen.add(name)) {
      throw xml.invalid("more than one '" + name + "'");
    }
  }

  /** Takes the texts of known children of the element at hand. */
  private void readTexts(Set<String> known, Map<String, String> texts, boolean withGroups)
      throws ImageException {
    while (xml.child()) {
      String name = xml.name();
      if (known.contains(name)) {
        if (texts.putIfAbsent(name, xml.text()) != null) {
          throw xml.invalid("more than one '" + name + "'");
        }
      } else if (withGroups && name.equals("Encryption")) {
        readTexts(ENCRYPTION, texts, false);
      } else if (withGroups && name.equals("Miscellaneous")) {
        readTexts(MISCELLANEOUS, texts, false);
      } else {
        xml.skip();
      }
    }
  }

  private void readStorageData() throws ImageException {
    while (xml.child()) {
      switch (xml.name()) {
        case "Storage" -> readStorage();
        case "Volume" -> readVolume();
        default -> xml.skip();
      }
    }
  }

  private void readStorage() throws ImageException {
    Map<String, String> texts = new HashMap<>();
    List<StorageFile> files = new ArrayList<>();
    while (xml.child()) {
      String name = xml.name();
      switch (name) {
        case "Start", "End", "Blocksize" -> {
          if (texts.putIfAbsent(name, xml.text()) != null) {
            throw xml.invalid("more than one '" + name + "'");
          }
        }
        case "Image" -> files.add(readImage());
        default -> xml.skip();
      }
    }
    if (files.isEmpty()) {
      throw notFound("Image");
    }
    Long blocksize = texts.containsKey("Blocksize") ? (Long) number(texts, "Blocksize") : null;
    storages.add(
        new Storage(number(texts, "Start"), number(texts, "End"), blocksize, List.copyOf(files)));
  }

  private StorageFile readImage() throws ImageException {
    Map<String, String> texts = new HashMap<>();
    readTexts(Set.of("GUID", "Type", "File"), texts, false);
    UUID guid = guid(texts, "GUID");
    String file = required(texts, "File");
    if (file.isEmpty()) {
      throw xml.badValue(file, "File");
    }
    return new StorageFile(guid, required(texts, "Type"), file);
  }

  private void readVolume() throws ImageException {
    Map<String, String> texts = new HashMap<>();
    readTexts(Set.of("Parent", "SnapshotGUID"), texts, false);
    if (texts.containsKey("Parent")) {
      if (origin != null) {
        throw xml.invalid("more than one 'Volume'");
      }
      UUID snapshot = texts.containsKey("SnapshotGUID") ? guid(texts, "SnapshotGUID") : null;
      origin = new Origin(texts.get("Parent"), snapshot);
    }
  }

  private void readSnapshots() throws ImageException {
    while (xml.child()) {
      switch (xml.name()) {
        case "TopGUID" -> {
          if (top != null) {
            throw xml.invalid("more than one 'TopGUID'");
          }
          top = guid(Map.of("TopGUID", xml.text()), "TopGUID");
        }
        case "Shot" -> {
          Map<String, String> texts = new HashMap<>();
          readTexts(Set.of("GUID", "ParentGUID"), texts, false);
          shots.add(new Shot(guid(texts, "GUID"), guid(texts, "ParentGUID")));
        }
        default -> xml.skip();
      }
    }
  }

  private Descriptor descriptor(String root, String version) throws ImageException {
    long diskSize = number(parameters, "Disk_size");
    if (storages.isEmpty()) {
      throw notFound("Storage");
    }
    long padding = parameters.containsKey("Padding") ? number(parameters, "Padding") : 0;
    long sectorSize =
        parameters.containsKey("LogicSectorSize") ? number(parameters, "LogicSectorSize") : 512;
    storages.sort(Comparator.comparingLong(Storage::start));
    return new Descriptor(
        root,
        version,
        diskSize,
        padding,
        sectorSize,
        parameters,
        List.copyOf(storages),
        origin,
        top,
        List.copyOf(shots));
  }

  private String required(Map<String, String> texts, String name) throws ImageException {
    String text = texts.get(name);
    if (text == null) {
      throw notFound(name);
    }
    return text;
  }

  private long number(Map<String, String> texts, String name) throws ImageException {
    String text = required(texts, name);
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || value * 10 + digit >= NUMBER_BOUND) {
        throw xml.badValue(text, name);
      }
      value = value * 10 + digit;
    }
    if (text.isEmpty()) {
      throw xml.badValue(text, name);
    }
    return value;
  }

  private UUID guid(Map<String, String> texts, String name) throws ImageException {
    String text = required(texts, name);
    UUID guid = Guids.parse(text);
    if (guid == null) {
      throw xml.badValue(text, name);
    }
    return guid;
  }

  private ImageException notFound(String name) {
    return xml.invalid("'" + name + "' not found");
  }
}
