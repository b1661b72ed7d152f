package io.diskimage.format.oracle.damage;

import io.diskimage.format.ImageFormat;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Changes the text of a Parallels bundle's descriptor (parallels-bundle.md section 2). */
record DescriptorMutator(ImageFormat format, String name, String text) implements Mutator {
  private static final int MOST_CHANGES = 4;
  private static final Pattern NUMBER = Pattern.compile("(?<=>)\\d+(?=<)");
  private static final Pattern GUID = Pattern.compile("\\{[-0-9a-f]{36}}");
  private static final Pattern ELEMENT = Pattern.compile("<(\\w+)>[^<]*</\\1>");
  private static final Pattern TAG = Pattern.compile("</?\\w+>");
  private static final Pattern FILE = Pattern.compile("(?<=<File>)[^<]*(?=</File>)");

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "1",
          "-1",
          "",
          "2147483647",
          "2147483648",
          "4294967295",
          "18014398509481983",
          "18014398509481984",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551616",
          "1".repeat(3000));
  private static final List<String> FILES =
      List.of("", ".", "..", "../disk.hds", "/etc/hostname", "a/b.hds", "C:\\disk.hds", "\0", "é");
  private static final List<String> PIECES =
      List.of(
          "<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'>]>",
          "&a;",
          "&#0;",
          "&#x10ffff;",
          "<![CDATA[1]]>",
          "<!-- -->",
          "<?target instruction?>",
          "<x>".repeat(40),
          "<x a='1' b='2'/>",
          "\0",
          " ");

  @Override
  public ImageBytes bytes() {
    return ImageBytes.of(text.getBytes(StandardCharsets.UTF_8), ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public Mutant mutate(Random random) {
    String changed = text;
    List<String> changes = new ArrayList<>();
    for (int i = 1 + random.nextInt(MOST_CHANGES); i > 0; i--) {
      int kind = random.nextInt(11);
      changed = change(changed, kind, random);
      changes.add("change of kind " + kind);
    }
    ImageBytes file = new DescriptorMutator(format, name, changed).bytes();
    if (file.length() > 0 && random.nextInt(8) == 0) {
      file.number(random.nextLong(file.length()), 1, random.nextInt(256));
      changes.add("a random byte");
    }
    return new Mutant(file, changes);
  }

  private static String change(String old, int kind, Random random) {
    return switch (kind) {
      case 0, 1, 2 -> replace(old, NUMBER, random, any(NUMBERS, random));
      case 3 -> replace(old, NUMBER, random, another(old, NUMBER, random));
      case 4, 5 -> replace(old, GUID, random, another(old, GUID, random));
      case 6 -> replace(old, ELEMENT, random, "");
      case 7 -> replace(old, ELEMENT, random, another(old, ELEMENT, random).repeat(2));
      case 8 -> replace(old, FILE, random, any(FILES, random));
      case 9 -> replace(old, TAG, random, any(PIECES, random));
      default -> old.substring(0, random.nextInt(old.length() + 1));
    };
  }

  private static String any(List<String> list, Random random) {
    return list.get(random.nextInt(list.size()));
  }

  /** What stands at one of the places of a pattern; empty where there is none. */
  private static String another(String old, Pattern pattern, Random random) {
    List<MatchResult> places = pattern.matcher(old).results().toList();
    return places.isEmpty() ? "" : places.get(random.nextInt(places.size())).group();
  }

  private static String replace(String old, Pattern pattern, Random random, String by) {
    List<MatchResult> places = pattern.matcher(old).results().toList();
    if (places.isEmpty()) {
      return old;
    }
    MatchResult place = places.get(random.nextInt(places.size()));
    return old.substring(0, place.start()) + by + old.substring(place.end());
  }
}
