package io.kera.bench.load;

import java.util.concurrent.atomic.LongAdder;

/** Sends by the workload's rate, or as fast as the sink takes it. One thread. */
final class ProducerLoop {
    /** Between two looks at the clock, when nothing else asks for one. */
    private static final int BATCH = 64;

    /** At a rate, one record in so many is asked about its acknowledgement. */
    private static final int SAMPLED_OF_PACED = 16;

    /** At full speed one in so much time is: often enough to know, seldom enough not to matter. */
    private static final long SAMPLE_EVERY_NS = 1_000_000;

    private final Workload workload;
    private final Sink sink;
    private final LongAdder progress;
    private long number;
    private long sent;
    private long sentBytes;

    ProducerLoop(Workload workload, Sink sink, LongAdder progress) {
        this.workload = workload;
        this.sink = sink;
        this.progress = progress;
    }

    /** For so long, and until everything is acknowledged; counts from zero. */
    void run(double seconds) {
        beginCounting();
        send((long) (seconds * 1e9));
        sink.flush();
    }

    /** Until that is over, and everything is acknowledged. */
    void run(WarmUp warmUp) {
        if (workload.rate() > 0) {
            TimerSlack.least();
        }
        while (!warmUp.isOver()) {
            final long before = sent;
            final long beganNs = System.nanoTime();
            send(warmUp.nextSliceNs());
            warmUp.add(sent - before, System.nanoTime() - beganNs);
        }
        sink.flush();
    }

    long sentBytes() {
        return sentBytes;
    }

    LoadCounts counts() {
        return new LoadCounts(sent, sentBytes, 0, 0, sink.failures());
    }

    private void send(long forNs) {
        final long endNs = System.nanoTime() + forNs;
        if (workload.rate() > 0) {
            openLoop(endNs);
        } else {
            closedLoop(endNs);
        }
    }

    private void closedLoop(long endNs) {
        long nowNs = System.nanoTime();
        long sampleNs = nowNs;
        while (nowNs - endNs < 0) {
            final boolean sampled = nowNs - sampleNs >= 0;
            if (sampled) {
                sampleNs = nowNs + SAMPLE_EVERY_NS;
            }
            send(nowNs, nowNs, sampled);
            for (int i = 1; i < BATCH; i++) {
                send(nowNs, nowNs, false);
            }
            progress.add(BATCH);
            sink.work();
            nowNs = System.nanoTime();
        }
    }

    private void openLoop(long endNs) {
        final Pacer pacer =
                new Pacer((double) workload.rate() / workload.producers(), workload.spin(), System::nanoTime);
        pacer.begin();
        while (pacer.dueNs() - endNs < 0) {
            pacer.awaitDue();
            sendDue(pacer.dueNs());
            sink.work();
            progress.increment();
            pacer.next();
        }
    }

    /** At a rate: due then, sent now. */
    void sendDue(long dueNs) {
        send(dueNs, System.nanoTime(), (number & (SAMPLED_OF_PACED - 1)) == 0);
    }

    /** Without waiting for anything. */
    void sendAtOnce() {
        send(0, 0, false);
    }

    private void send(long dueNs, long sentNs, boolean sampled) {
        final int length = workload.payload().length(number);
        final int stream = workload.streams() == 1 ? 0 : (int) (number % workload.streams());
        sink.send(stream, dueNs, sentNs, length, sampled);
        number++;
        sent++;
        sentBytes += length;
    }

    void beginCounting() {
        sent = 0;
        sentBytes = 0;
    }
}
