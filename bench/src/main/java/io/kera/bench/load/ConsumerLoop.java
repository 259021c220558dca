package io.kera.bench.load;

import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/** Reads, and times what it reads. One thread; {@link #seen} may be asked by any. */
final class ConsumerLoop {
    private static final long WAIT_NS = 20_000_000;
    /** So many records of the warm-up, and their times are forgotten: to begin anew is then nothing new to compiled code. */
    private static final int FORGET_EVERY = 8192;

    private final Source source;
    private final Window window;
    private final LongAdder progress;
    private final Source.Handler timing = this::time;
    private final Source.Handler counting = this::count;
    /** Before the window, in it, and after it. */
    private final ReadTimes[] times = {new ReadTimes(), new ReadTimes(), new ReadTimes()};

    private final ReadTimes warmUp = times[0];
    private final ReadTimes counted = times[1];
    private volatile long seen;
    private long seenByOwner;
    private long read;
    private long readBytes;
    private long check;

    ConsumerLoop(Source source, Window window, LongAdder progress) {
        this.source = source;
        this.window = window;
        this.progress = progress;
    }

    /** Times each record; those that were due in the window count. Returns how many records came. */
    int pollTimed(long timeoutNs) {
        final int records = source.poll(timing, timeoutNs);
        if (records > 0) {
            seenByOwner += records;
            seen = seenByOwner;
            if (warmUp.records() > FORGET_EVERY) {
                warmUp.forget();
            }
        }
        return records;
    }

    /** Counts what comes while the window is open. */
    int pollCounted() {
        final long readBefore = read;
        final long bytesBefore = readBytes;
        final int records = source.poll(counting, WAIT_NS);
        if (!window.isOpen()) {
            read = readBefore;
            readBytes = bytesBefore;
        }
        progress.add(records);
        return records;
    }

    /** All records that came, at any time. */
    long seen() {
        return seen;
    }

    void rewind() {
        source.rewind();
    }

    LoadCounts counts() {
        return new LoadCounts(0, 0, read + counted.records(), readBytes + counted.bytes(), 0);
    }

    Histogram endToEnd() {
        return counted.endToEnd();
    }

    Histogram fromSend() {
        return counted.fromSend();
    }

    /** Of all the times that were read; keeps the reading from being optimised away. */
    long check() {
        return check;
    }

    private void time(long dueNs, long sentNs, int bytes) {
        times[window.partOf(dueNs)].add(dueNs, sentNs, bytes);
    }

    private void count(long dueNs, long sentNs, int bytes) {
        check += dueNs ^ sentNs;
        read++;
        readBytes += bytes;
    }
}
