package io.kera.bench.load;

import java.util.concurrent.atomic.LongAdder;

/** Sends by the workload's rate, or as fast as the sink takes it. One thread. */
final class ProducerLoop {
    /** Between two looks at the clock, when nothing else asks for one. */
    private static final int BATCH = 64;

    /** One record in so many is asked about its acknowledgement: at a rate, and at full speed. */
    private static final int SAMPLED_OF_PACED = 16;

    private static final int SAMPLED_OF_MANY = 256;

    private final Workload workload;
    private final Sink sink;
    private final LongAdder progress;
    private final int sampleMask;
    private long number;
    private long sent;
    private long sentBytes;

    ProducerLoop(Workload workload, Sink sink, LongAdder progress) {
        this.workload = workload;
        this.sink = sink;
        this.progress = progress;
        sampleMask = (workload.rate() > 0 ? SAMPLED_OF_PACED : SAMPLED_OF_MANY) - 1;
    }

    /** For so long, and until everything is acknowledged; counts from zero. */
    void run(double seconds) {
        sent = 0;
        sentBytes = 0;
        final long endNs = System.nanoTime() + (long) (seconds * 1e9);
        if (workload.rate() > 0) {
            openLoop(endNs);
        } else {
            closedLoop(endNs);
        }
        sink.flush();
    }

    LoadCounts counts() {
        return new LoadCounts(sent, sentBytes, 0, 0, sink.failures());
    }

    private void closedLoop(long endNs) {
        long nowNs = System.nanoTime();
        while (nowNs - endNs < 0) {
            for (int i = 0; i < BATCH; i++) {
                send(nowNs);
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
            send(pacer.dueNs());
            sink.work();
            progress.increment();
            pacer.next();
        }
    }

    void send(long dueNs) {
        final int length = workload.payload().length(number);
        final int stream = workload.streams() == 1 ? 0 : (int) (number % workload.streams());
        final boolean sampled = (number & sampleMask) == 0;
        if (workload.rate() > 0) {
            sink.send(stream, dueNs, System.nanoTime(), length, sampled);
        } else {
            // A sampled record is timed from its own sending, not from that of the first of its batch.
            final long nowNs = sampled ? System.nanoTime() : dueNs;
            sink.send(stream, nowNs, nowNs, length, sampled);
        }
        number++;
        sent++;
        sentBytes += length;
    }

    void beginCounting() {
        sent = 0;
        sentBytes = 0;
    }
}
