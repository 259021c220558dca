package io.kera.bench.load;

import org.HdrHistogram.Histogram;

/** How long records took until they were read, how many there were, and how long. One thread. */
final class ReadTimes {
    private final Histogram endToEnd = new Histogram(LoadResult.TIME_NS_MAX, LoadResult.DIGITS);
    private final Histogram fromSend = new Histogram(LoadResult.TIME_NS_MAX, LoadResult.DIGITS);
    private long records;
    private long bytes;

    /** Read now. */
    void add(long dueNs, long sentNs, int length) {
        final long nowNs = System.nanoTime();
        endToEnd.recordValue(LoadResult.time(dueNs, nowNs));
        fromSend.recordValue(LoadResult.time(sentNs, nowNs));
        records++;
        bytes += length;
    }

    void forget() {
        endToEnd.reset();
        fromSend.reset();
        records = 0;
        bytes = 0;
    }

    Histogram endToEnd() {
        return endToEnd;
    }

    Histogram fromSend() {
        return fromSend;
    }

    long records() {
        return records;
    }

    long bytes() {
        return bytes;
    }
}
