package io.kera.bench.load;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Sends nothing anywhere: what remains is the processor time of the harness. Any thread. */
public final class NullEngine implements Engine {
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong read = new AtomicLong();

    public NullEngine(String address, boolean oneThread) {}

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        // There is none.
    }

    @Override
    public void deleteStream(String name) {
        // There is none.
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        return new Sink() {
            @Override
            public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
                sent.incrementAndGet();
            }

            @Override
            public void flush() {
                // Nothing is under way.
            }

            @Override
            public long failures() {
                return 0;
            }

            @Override
            public void close() {
                // There is nothing.
            }
        };
    }

    /** Counts what was sent, without a time: nothing was read. */
    @Override
    public Source source(Workload workload, int share, int shares) {
        return new Source() {
            @Override
            public int poll(Handler handler, long timeoutNs) {
                LockSupport.parkNanos(timeoutNs);
                final long now = sent.get();
                return (int) (now - read.getAndSet(now));
            }

            @Override
            public void rewind() {
                read.set(0);
            }

            @Override
            public void close() {
                // There is nothing.
            }
        };
    }

    @Override
    public void close() {
        // There is nothing.
    }
}
