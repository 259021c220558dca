package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import java.util.Map;

/** What each contestant did in one round, by name; and whether others disturbed it. */
record Round(Map<String, LoadResult> results, double foreignShare) {
    /** Of the machine: above it a run is done again. */
    static final double FOREIGN_MAX = 0.08;

    boolean isDisturbed() {
        return foreignShare > FOREIGN_MAX;
    }

    LoadResult of(String contestant) {
        final LoadResult result = results.get(contestant);
        if (result == null) {
            throw new IllegalArgumentException("contestant=" + contestant + "; there are " + results.keySet());
        }
        return result;
    }
}
