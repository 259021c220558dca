package io.kera.bench.load;

/**
 * When a warm-up is over: at least so long, until the rates of its last three slices agree, at most so long. A server
 * or a client that still compiles itself is timed for what it was, not for what it is. Has no clock: it is told what
 * was done in each slice. One thread; {@code librdkafka/warm_up.hpp} decides the same.
 */
final class WarmUp {
    /** Long enough to even out a pause of the collector, or the end of a pass over what is read. */
    static final long SLICE_NS = 1_000_000_000;

    /** The slowest of the last three is no further below the fastest, which is what a shared machine varies by. */
    static final double APART_MAX = 0.1;

    private final long leastNs;
    private final long mostNs;
    private final double[] rates = {0, 0, 0};
    private int slices;
    private long doneNs;

    /** Fixed, whatever the rate, when {@code mostNs} is no more than {@code leastNs}. */
    WarmUp(long leastNs, long mostNs) {
        this.leastNs = leastNs;
        this.mostNs = Math.max(leastNs, mostNs);
    }

    /** A rate that is given agrees with itself and tells nothing: such a load takes all the time that it may. */
    static WarmUp of(Workload workload) {
        final long mostNs = (long) (workload.warmupMostSeconds() * 1e9);
        return new WarmUp(workload.rate() > 0 ? mostNs : (long) (workload.warmupSeconds() * 1e9), mostNs);
    }

    boolean isOver() {
        return doneNs >= mostNs || (doneNs >= leastNs && agree());
    }

    /**
     * How long the next slice is to be, of a fixed warm-up too: code that has never left a loop is compiled anew when it
     * does. No remnant is left that is too short to tell a rate.
     */
    long nextSliceNs() {
        final long leftNs = mostNs - doneNs;
        return leftNs < SLICE_NS + SLICE_NS / 2 ? leftNs : SLICE_NS;
    }

    /** What was done in a slice, and how long it really was. */
    void add(long records, long sliceNs) {
        rates[slices % rates.length] = (double) records / sliceNs;
        slices++;
        doneNs += sliceNs;
    }

    /** So far. */
    Warmth warmth() {
        return new Warmth(
                doneNs / 1e9, isFixed() ? Warmth.End.FIXED : agree() ? Warmth.End.STEADY : Warmth.End.UNSTEADY);
    }

    private boolean isFixed() {
        return mostNs == leastNs;
    }

    /** Those that stand still do not agree: nothing is known of them. */
    private boolean agree() {
        final double slowest = Math.min(rates[0], Math.min(rates[1], rates[2]));
        final double fastest = Math.max(rates[0], Math.max(rates[1], rates[2]));
        return slowest > 0 && slowest >= fastest * (1 - APART_MAX);
    }
}
