package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class LoadRunTest {
    private static final Workload SHORT =
            Workload.of(Workload.Kind.PRODUCE).with("warmup", 0.05).with("seconds", 0.1);

    /** One producer, whose sinks each count for one thread. */
    private static final class CountingEngine implements Engine {
        private final boolean shares;
        private final LongAdder sent = new LongAdder();
        private final AtomicInteger open = new AtomicInteger();
        private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        private final Map<Sink, Thread> owners = new ConcurrentHashMap<>();

        CountingEngine(boolean shares) {
            this.shares = shares;
        }

        @Override
        public void createStream(String name, int streamlets, long retentionBytes) {}

        @Override
        public void deleteStream(String name) {}

        @Override
        public boolean sharesSinks(Workload workload) {
            return shares;
        }

        @Override
        public Sink sink(Workload workload, AckTimes acks) {
            open.incrementAndGet();
            return new Sink() {
                @Override
                public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
                    final Thread owner = owners.putIfAbsent(this, Thread.currentThread());
                    if (owner != null && owner != Thread.currentThread()) {
                        throw new IllegalStateException("two threads use one sink");
                    }
                    threads.add(Thread.currentThread());
                    sent.increment();
                }

                @Override
                public Sink share() {
                    return sink(workload, acks);
                }

                @Override
                public void flush() {}

                @Override
                public long failures() {
                    return 0;
                }

                @Override
                public void close() {
                    open.decrementAndGet();
                }
            };
        }

        @Override
        public Source source(Workload workload, int share, int shares) {
            throw new UnsupportedOperationException("nobody reads");
        }

        @Override
        public void close() {}
    }

    @Test
    void threadsOfOneProducerEachHaveASinkAndCountTogether() throws Exception {
        final CountingEngine engine = new CountingEngine(true);
        final LoadResult result = LoadRun.run(engine, SHORT.with("threads", 3), 0);
        assertEquals(3, engine.threads.size());
        assertEquals(0, engine.open.get());
        assertTrue(result.sent() > 0 && result.sent() <= engine.sent.sum(), result.sent() + " of " + engine.sent.sum());
    }

    @Test
    void aProducerOfOneThreadIsNotShared() {
        final IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> LoadRun.run(new CountingEngine(false), SHORT.with("threads", 2), 0));
        assertEquals("threads=2 limit=1; a producer of this client belongs to one thread", refused.getMessage());
    }

    @Test
    void theHarnessAloneReadsAllThatItSendsAndTimesNothing() throws Exception {
        final Workload workload = Workload.of(Workload.Kind.LATENCY)
                .with("rate", 2000)
                .with("warmup", 0.05)
                .with("seconds", 0.2);
        try (Engine engine = new NullEngine("", false)) {
            final LoadResult result = LoadRun.run(engine, workload, 0);
            assertEquals(400, result.sent());
            assertEquals(0, result.endToEnd().getTotalCount());
        }
    }
}
