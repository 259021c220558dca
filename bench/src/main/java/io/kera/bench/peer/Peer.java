package io.kera.bench.peer;

import java.util.List;

/** A system that KerA races: fetched, built, and its server runs. One thread. */
public interface Peer extends AutoCloseable {
    /** What somebody can race in. */
    enum Discipline {
        /** Sends as fast as it goes, over TCP or what is nearest to it. */
        PRODUCE,
        /** The same in memory that is shared, where the system has that. */
        PRODUCE_LOCALLY,
        /** Reads as fast as it goes. */
        CONSUME,
        /** Sends and reads at a rate, over TCP or what is nearest to it. */
        LATENCY,
        /** The same in memory that is shared, where the system has that. */
        LATENCY_LOCALLY,
        /** Many threads send with one producer. */
        PRODUCE_SHARED,
        /** Starts, or does nothing. */
        IDLE
    }

    /** As {@code --peer} takes it. */
    String system();

    List<Contestant> contestants(Discipline discipline);

    /** Who should be among them, and cannot. */
    default List<Absent> absent(Discipline discipline) {
        return List.of();
    }

    @Override
    void close();
}
