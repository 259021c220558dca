package io.kera.coordinator;

import io.kera.wire.StreamDefinition;
import java.util.Arrays;

/**
 * A stream as the coordinator knows it: its definition, and leader and term of each streamlet.
 *
 * <p>Belongs to the state machine, which alone changes it; others read it on the thread that drives the state machine.
 */
public final class StreamMetadata {
    public static final int FIRST_TERM = 1;

    private final long id;
    private final long createdMs;
    private int[] leaders;
    private int[] terms;
    private StreamDefinition definition;
    private boolean deleted;
    private boolean opened;

    StreamMetadata(long id, StreamDefinition definition, long createdMs, int leader) {
        this.id = id;
        this.definition = definition;
        this.createdMs = createdMs;
        leaders = new int[definition.streamlets()];
        terms = new int[definition.streamlets()];
        Arrays.fill(leaders, leader);
        Arrays.fill(terms, FIRST_TERM);
    }

    public long id() {
        return id;
    }

    public StreamDefinition definition() {
        return definition;
    }

    public long createdMs() {
        return createdMs;
    }

    /** Whether it is deleted, and some node may still have something of it. */
    public boolean isDeleted() {
        return deleted;
    }

    /** Whether the core has opened it once: then it may have data, and the data folder has a trace of it. */
    public boolean isOpened() {
        return opened;
    }

    public int leader(int streamlet) {
        return leaders[streamlet];
    }

    public int term(int streamlet) {
        return terms[streamlet];
    }

    /** New streamlets have leader and term of the first one, as the core has them. */
    void define(StreamDefinition changed) {
        final int before = leaders.length;
        if (changed.streamlets() > before) {
            leaders = Arrays.copyOf(leaders, changed.streamlets());
            terms = Arrays.copyOf(terms, changed.streamlets());
            Arrays.fill(leaders, before, leaders.length, leaders[0]);
            Arrays.fill(terms, before, terms.length, terms[0]);
        }
        definition = changed;
    }

    void markDeleted() {
        deleted = true;
    }

    void markOpened() {
        opened = true;
    }

    void lead(int streamlet, int leader, int term) {
        leaders[streamlet] = leader;
        terms[streamlet] = term;
    }
}
