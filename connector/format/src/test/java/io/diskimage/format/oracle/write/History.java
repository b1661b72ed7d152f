package io.diskimage.format.oracle.write;

import java.util.ArrayList;
import java.util.List;

/**
 * Requests in sequence. Between two sessions the image is closed.
 *
 * @param sessions each at least one step long
 */
record History(List<List<Step>> sessions) {

  History {
    sessions = sessions.stream().map(List::copyOf).toList();
  }

  List<Step> steps() {
    List<Step> steps = new ArrayList<>();
    sessions.forEach(steps::addAll);
    return steps;
  }
}
