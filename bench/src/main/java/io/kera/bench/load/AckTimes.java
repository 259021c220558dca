package io.kera.bench.load;

import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** From when a record was due to its acknowledgement, of the sampled ones. Any thread. */
public final class AckTimes {
    private final Recorder recorder = new Recorder(LoadResult.DIGITS);
    private volatile boolean counting;

    /** At the end of the warm-up. */
    public void begin() {
        recorder.reset();
        counting = true;
    }

    /** Acknowledged now. */
    public void acknowledged(long dueNs) {
        if (counting) {
            recorder.recordValue(Math.max(0, System.nanoTime() - dueNs));
        }
    }

    public Histogram end() {
        counting = false;
        return recorder.getIntervalHistogram();
    }
}
