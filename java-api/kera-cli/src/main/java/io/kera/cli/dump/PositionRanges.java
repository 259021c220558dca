package io.kera.cli.dump;

import java.util.ArrayList;
import java.util.List;

/** Positions of a virtual log that are not needed any more. Immutable. Ranges are in their order, and none is empty. */
final class PositionRanges {
    static final PositionRanges NONE = new PositionRanges(List.of());

    private final List<PositionRange> ranges = new ArrayList<>();

    /** {@code inOrder} may touch each other. */
    PositionRanges(List<PositionRange> inOrder) {
        for (final PositionRange range : inOrder) {
            final int last = ranges.size() - 1;
            if (last >= 0 && ranges.get(last).end() == range.first()) {
                ranges.set(last, new PositionRange(ranges.get(last).first(), range.end()));
            } else {
                ranges.add(range);
            }
        }
    }

    List<PositionRange> all() {
        return List.copyOf(ranges);
    }

    /** Whether every position from {@code first} to before {@code end} is in here. */
    boolean cover(long first, long end) {
        return first >= end || ranges.stream().anyMatch(range -> range.first() <= first && range.end() >= end);
    }

    long positions() {
        return ranges.stream().mapToLong(range -> range.end() - range.first()).sum();
    }
}
