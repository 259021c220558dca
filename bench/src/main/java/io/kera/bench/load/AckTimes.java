package io.kera.bench.load;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * From when a record was due to its acknowledgement, of the sampled ones. Those of the warm-up are timed too, and
 * forgotten: what runs for the first time is compiled while it counts. Any thread.
 */
public final class AckTimes {
    private final Recorder recorder = new Recorder(LoadResult.TIME_NS_MAX, LoadResult.DIGITS);

    /** A reset loads classes, which throws away compiled code that was sure there were none of them: now, not later. */
    public AckTimes() {
        begin();
    }

    /** At the end of the warm-up. */
    public final void begin() {
        recorder.reset();
    }

    /** Acknowledged now. */
    public void acknowledged(long dueNs) {
        recorder.recordValue(LoadResult.time(dueNs, System.nanoTime()));
    }

    public Histogram end() {
        return recorder.getIntervalHistogram();
    }
}
