package io.kera.bench.load;

/** Reads records. One thread. */
public interface Source extends AutoCloseable {
    /** Looks at one record after the other. */
    @FunctionalInterface
    interface Handler {
        void onRecord(long dueNs, long sentNs, int bytes);
    }

    /** Shows what there is, waiting at most so long for a first record; returns how many records that was. */
    int poll(Handler handler, long timeoutNs);

    /** Reads everything again. */
    void rewind();

    @Override
    void close();
}
