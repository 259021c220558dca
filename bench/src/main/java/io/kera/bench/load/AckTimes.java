package io.kera.bench.load;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * From when a record was due to its acknowledgement, of the sampled ones. Those of the warm-up are timed too, and
 * forgotten: what ran for the first time when it counts would be compiled then. Any thread.
 */
public final class AckTimes {
    private final Recorder recorder = new Recorder(LoadResult.TIME_NS_MAX, LoadResult.DIGITS);

    /** A reset loads classes, which throws away compiled code that was sure there were none of them: now, not later. */
    public AckTimes() {
        begin();
    }

    /** Forgets all so far: now and again in the warm-up, and at its end. */
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
