package io.kera.bench.load;

/** How many records, and how many bytes of values. */
record LoadCounts(long sent, long sentBytes, long read, long readBytes, long failures) {
    static final LoadCounts NONE = new LoadCounts(0, 0, 0, 0, 0);

    LoadCounts plus(LoadCounts other) {
        return new LoadCounts(
                sent + other.sent,
                sentBytes + other.sentBytes,
                read + other.read,
                readBytes + other.readBytes,
                failures + other.failures);
    }
}
