package io.kera.client;

import java.util.List;

/** The connected node: its memory and its counters. */
public record NodeInfo(int id, int reactors, long arenaBytes, long arenaUsedBytes, List<Counter> counters) {
    /** One counter of the node. */
    public record Counter(String label, long value) {}

    public NodeInfo {
        counters = List.copyOf(counters);
    }
}
