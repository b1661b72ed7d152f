package io.diskimage.format.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The findings of a check: equal ones that lie side by side become one, and of each kind only so
 * many are kept. What is not kept is counted.
 */
final class FindingList {
  private final int maxPerKind;
  private final Map<FindingKind, Kept> kinds = new EnumMap<>(FindingKind.class);
  private final List<Row> rows = new ArrayList<>();

  /** What is kept of one kind. */
  private static final class Kept {
    private int rows;
    private Row last;
    private long unlisted;
  }

  /** A finding that may still grow. */
  private static final class Row {
    private final String part;
    private final Finding.Draft draft;
    private long merged = 1;

    private Row(String part, Finding.Draft draft) {
      this.part = part;
      this.draft = draft;
    }

    private boolean takes(String itsPart, Finding.Draft next) {
      boolean alike =
          part.equals(itsPart)
              && Objects.equals(draft.expected, next.expected)
              && Objects.equals(draft.actual, next.actual)
              && !(isAbsent(draft.hostOffset) && isAbsent(draft.guestOffset))
              && follows(draft.hostOffset, draft.hostLength, next.hostOffset)
              && follows(draft.guestOffset, draft.guestLength, next.guestOffset);
      if (alike) {
        draft.hostLength += next.hostLength;
        draft.guestLength += next.guestLength;
        draft.count += next.count;
        merged++;
      }
      return alike;
    }

    private static boolean follows(long offset, long length, long next) {
      return isAbsent(offset) ? isAbsent(next) : offset + length == next;
    }

    private static boolean isAbsent(long offset) {
      return offset == Finding.Draft.ABSENT;
    }

    private Finding finding() {
      String message = draft.message();
      return draft.finish(
          part,
          merged == 1 ? message : message + " (and " + (merged - 1) + " more like it behind it)");
    }
  }

  FindingList(int maxPerKind) {
    this.maxPerKind = maxPerKind;
  }

  void add(String part, Finding.Draft draft) {
    Kept kept = kinds.computeIfAbsent(draft.kind, kind -> new Kept());
    if (kept.last != null && kept.last.takes(part, draft)) {
      return;
    }
    if (kept.rows == maxPerKind) {
      kept.unlisted += draft.count;
      return;
    }
    kept.last = new Row(part, draft);
    kept.rows++;
    rows.add(kept.last);
  }

  void clear() {
    kinds.clear();
    rows.clear();
  }

  /** All rows in the order in which they were found, then one for what each kind has unlisted. */
  List<Finding> findings() {
    List<Finding> all = new ArrayList<>();
    rows.forEach(row -> all.add(row.finding()));
    kinds.forEach(
        (kind, kept) -> {
          if (kept.unlisted > 0) {
            all.add(unlisted(kind, kept.unlisted));
          }
        });
    return all;
  }

  private Finding unlisted(FindingKind kind, long count) {
    return Finding.of(kind)
        .times(count)
        .finish("", count + " more of this kind, not listed beyond maxFindings = " + maxPerKind);
  }
}
