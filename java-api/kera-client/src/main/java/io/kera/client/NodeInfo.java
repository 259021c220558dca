package io.kera.client;

import java.util.List;

/** The node at the other end: its memory and its counters. */
public record NodeInfo(int id, int reactors, long arenaBytes, long arenaUsedBytes, List<Counter> counters) {
    /** A number that the node counts. */
    public record Counter(String label, long value) {}

    public NodeInfo {
        counters = List.copyOf(counters);
    }
}
