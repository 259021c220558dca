package io.kera.bench.load;

/** A system under load, as seen by one client process. Any thread. */
public interface Engine extends AutoCloseable {
    void createStream(String name, int streamlets, long retentionBytes);

    void deleteStream(String name);

    /** Something to send with, for one thread. */
    Sink sink(Workload workload, AckTimes acks);

    /** Whether several threads may send with one producer at the same time. */
    default boolean sharesSinks(Workload workload) {
        return false;
    }

    /** Something to read with, for one thread; {@code share} of {@code shares} is its part of the streamlets, from their beginnings. */
    Source source(Workload workload, int share, int shares);

    @Override
    void close();
}
