package io.kera.bench.load;

/** Sends records. One thread. */
public interface Sink extends AutoCloseable {
    /**
     * Sends a value of that length: the time when it was due, the time of sending, then
     * whatever bytes, nothing that compresses.
     *
     * @param stream its number in the workload
     * @param sampled whether {@link AckTimes} are to learn when it is acknowledged
     */
    void send(int stream, long dueNs, long sentNs, int length, boolean sampled);

    /** The same producer for one more thread; only where {@link Engine#sharesSinks}. Closed before this one. */
    default Sink share() {
        throw new UnsupportedOperationException("this producer belongs to one thread");
    }

    /** Until everything is acknowledged. */
    void flush();

    /** Does what there is to do, where the engine has no thread of its own. */
    default void work() {}

    /** Records that were refused, or never acknowledged. */
    long failures();

    @Override
    void close();
}
