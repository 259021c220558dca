package io.kera.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/**
 * The time that counts: when it was, what processes used in it, how the rate went along it.
 *
 * <p>Opened and closed once by whoever comes last to a barrier; asked by any thread.
 */
final class Window {
    private static final long POINT_MS = 100;

    private final long serverPid;
    private final LongAdder progress;
    private final List<double[]> series = new ArrayList<>();
    private final Thread sampler = new Thread(this::sample, "bench-series");
    private volatile long beginNs = Long.MAX_VALUE;
    private volatile long endNs = Long.MAX_VALUE;
    private double clientCpu;
    private double serverCpu;
    private double busy;

    /** {@code progress} is what the rate along the time is of. */
    Window(long serverPid, LongAdder progress) {
        this.serverPid = serverPid;
        this.progress = progress;
        sampler.setDaemon(true);
    }

    void open() {
        clientCpu = ProcessFigures.cpuSeconds(ProcessHandle.current().pid());
        serverCpu = ProcessFigures.cpuSeconds(serverPid);
        busy = ProcessFigures.busySeconds();
        beginNs = System.nanoTime();
        sampler.start();
    }

    void close() {
        endNs = System.nanoTime();
        busy = ProcessFigures.busySeconds() - busy;
        clientCpu = ProcessFigures.cpuSeconds(ProcessHandle.current().pid()) - clientCpu;
        serverCpu = ProcessFigures.cpuSeconds(serverPid) - serverCpu;
        sampler.interrupt();
    }

    /**
     * Where a record belongs that was due then: 0 before the window, 1 in it, 2 after it. Without a branch, for one that
     * was never taken in the warm-up would have its code compiled anew when the window opens.
     */
    int partOf(long dueNs) {
        return notBefore(beginNs, dueNs) + notBefore(endNs, dueNs);
    }

    private static int notBefore(long edgeNs, long dueNs) {
        return (int) ((edgeNs - 1 - dueNs) >>> (Long.SIZE - 1));
    }

    boolean isOpen() {
        return beginNs != Long.MAX_VALUE && endNs == Long.MAX_VALUE;
    }

    long beginNs() {
        return beginNs;
    }

    LoadResult result(LoadCounts counts, Warmth warmth, Histogram acks, Histogram endToEnd, Histogram fromSend)
            throws InterruptedException {
        sampler.join();
        return new LoadResult(
                counts.sent(),
                counts.sentBytes(),
                counts.read(),
                counts.readBytes(),
                counts.failures(),
                (endNs - beginNs) / 1e9,
                clientCpu,
                serverCpu,
                foreignShare(),
                ProcessFigures.peakResidentBytes(serverPid),
                ProcessFigures.peakResidentBytes(ProcessHandle.current().pid()),
                acks,
                endToEnd,
                fromSend,
                series,
                warmth);
    }

    /** Of what all processors could have done: what neither this process nor the server did. */
    private double foreignShare() {
        final double available = (endNs - beginNs) / 1e9 * Runtime.getRuntime().availableProcessors();
        return Math.max(0, busy - clientCpu - serverCpu) / available;
    }

    private void sample() {
        long before = progress.sum();
        long beforeNs = beginNs;
        try {
            while (true) {
                Thread.sleep(POINT_MS);
                final long now = progress.sum();
                final long nowNs = System.nanoTime();
                series.add(new double[] {(nowNs - beginNs) / 1e9, (now - before) * 1e9 / (nowNs - beforeNs)});
                before = now;
                beforeNs = nowNs;
            }
        } catch (InterruptedException e) {
            // The window is closed, and the last, partial point of no interest.
            return;
        }
    }
}
