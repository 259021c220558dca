package io.kera.bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;

/**
 * A workload on an engine, once: warm-up, flush, the time that counts, flush. Makes its streams and deletes them.
 * One thread runs it, with threads of its own.
 */
public final class LoadRun {
    private static final long DRAIN_NS = 10_000_000_000L;
    private static final long POLL_NS = 20_000_000;

    private final Engine engine;
    private final Workload workload;
    private final LongAdder progress = new LongAdder();
    private final Window window;
    private final AckTimes acks = new AckTimes();
    private final List<ProducerLoop> producers = new ArrayList<>();
    private final List<ConsumerLoop> consumers = new ArrayList<>();
    private final List<WarmUp> warmUps = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final AtomicInteger producing = new AtomicInteger();

    private LoadRun(Engine engine, Workload workload, long serverPid) {
        this.engine = engine;
        this.workload = workload;
        window = new Window(serverPid, progress);
    }

    /** The server's pid is for its figures; 0 where it is not known. */
    public static LoadResult run(Engine engine, Workload workload, long serverPid) throws InterruptedException {
        return new LoadRun(engine, workload, serverPid).run();
    }

    private LoadResult run() throws InterruptedException {
        for (int i = 0; i < workload.streams(); i++) {
            engine.createStream(workload.streamName(i), workload.streamlets(), workload.retentionBytes());
        }
        try {
            switch (workload.kind()) {
                case PRODUCE -> produce();
                case CONSUME -> consume();
                case LATENCY, MIXED -> mixed();
                case IDLE -> throw new IllegalArgumentException("kind=IDLE; nothing of it can be counted");
            }
            return result();
        } finally {
            for (final AutoCloseable one : opened) {
                closeQuietly(one);
            }
            for (int i = 0; i < workload.streams(); i++) {
                engine.deleteStream(workload.streamName(i));
            }
        }
    }

    private void produce() throws InterruptedException {
        if (workload.threads() > 1 && !engine.sharesSinks(workload)) {
            throw new IllegalArgumentException(
                    "threads=" + workload.threads() + " limit=1; a producer of this client belongs to one thread");
        }
        final CyclicBarrier barrier = new CyclicBarrier(workload.producers() * workload.threads(), new Turns());
        final List<Callable<Void>> threads = new ArrayList<>();
        for (int i = 0; i < workload.producers(); i++) {
            final Sink sink = sink();
            threads.add(producer(sink, barrier));
            for (int more = 1; more < workload.threads(); more++) {
                threads.add(producer(shared(sink), barrier));
            }
        }
        runAll(threads, barrier);
    }

    private void mixed() throws InterruptedException {
        if (workload.oneThread()) {
            oneThread();
            return;
        }
        final CyclicBarrier barrier = new CyclicBarrier(workload.producers(), new Turns());
        final List<Callable<Void>> threads = new ArrayList<>();
        producing.set(workload.producers());
        for (int i = 0; i < workload.consumers(); i++) {
            final ConsumerLoop loop = consumer(i);
            threads.add(() -> {
                while (producing.get() > 0) {
                    loop.pollTimed(POLL_NS);
                }
                drain(loop, POLL_NS);
                return null;
            });
        }
        for (int i = 0; i < workload.producers(); i++) {
            final Callable<Void> thread = producer(sink(), barrier);
            threads.add(() -> {
                try {
                    return thread.call();
                } finally {
                    producing.decrementAndGet();
                }
            });
        }
        runAll(threads, barrier);
    }

    /** Until the consumers together have seen what the producers together have sent. */
    private void drain(ConsumerLoop loop, long waitNs) {
        final long deadlineNs = System.nanoTime() + DRAIN_NS;
        while (consumers.stream().mapToLong(ConsumerLoop::seen).sum() < progress.sum()
                && System.nanoTime() - deadlineNs < 0) {
            loop.pollTimed(waitNs);
        }
    }

    private void oneThread() {
        final ConsumerLoop consumer = consumer(0);
        final Sink sink = sink();
        final ProducerLoop producer = new ProducerLoop(workload, sink, progress);
        producers.add(producer);
        final WarmUp warmUp = warmUp();
        while (!warmUp.isOver()) {
            final long beganNs = System.nanoTime();
            final long records = sendAndRead(producer, sink, consumer, warmUp.nextSliceNs());
            warmUp.add(records, System.nanoTime() - beganNs);
            acks.begin();
        }
        sink.flush();
        window.open();
        acks.begin();
        producer.beginCounting();
        sendAndRead(producer, sink, consumer, (long) (workload.seconds() * 1e9));
        sink.flush();
        window.close();
        drain(consumer, 0);
    }

    /** At the workload's rate, for so long. Returns how many records were sent. */
    private long sendAndRead(ProducerLoop producer, Sink sink, ConsumerLoop consumer, long forNs) {
        final Pacer pacer = new Pacer(workload.rate(), true, System::nanoTime);
        pacer.begin();
        final long endNs = System.nanoTime() + forNs;
        long records = 0;
        for (long nowNs = System.nanoTime(); nowNs - endNs < 0; nowNs = System.nanoTime()) {
            if (nowNs - pacer.dueNs() >= 0) {
                // After a pause all that has become due leaves together.
                for (; nowNs - pacer.dueNs() >= 0; nowNs = System.nanoTime()) {
                    producer.sendDue(pacer.dueNs());
                    pacer.next();
                    progress.increment();
                    records++;
                }
                sink.work();
            }
            if (consumer.pollTimed(0) == 0) {
                // Whoever shares this processor need not wait for the end of our time slice.
                Thread.yield();
            }
        }
        return records;
    }

    private void consume() throws InterruptedException {
        final long records = preload();
        final CyclicBarrier barrier = new CyclicBarrier(workload.consumers(), new Turns());
        final List<Callable<Void>> threads = new ArrayList<>();
        for (int i = 0; i < workload.consumers(); i++) {
            final ConsumerLoop loop = consumer(i);
            final WarmUp warmUp = warmUp();
            threads.add(() -> {
                final long mine = firstPass(loop, records);
                while (!warmUp.isOver()) {
                    final long beganNs = System.nanoTime();
                    final long read = readAgain(loop, mine, warmUp.nextSliceNs());
                    warmUp.add(read, System.nanoTime() - beganNs);
                }
                barrier.await();
                readAgain(loop, mine, (long) (workload.seconds() * 1e9));
                barrier.await();
                return null;
            });
        }
        runAll(threads, barrier);
    }

    private long preload() {
        try (Sink sink = engine.sink(workload, acks)) {
            final ProducerLoop loop = new ProducerLoop(workload.with("rate", 0), sink, new LongAdder());
            while (loop.sentBytes() < workload.preloadBytes()) {
                loop.sendAtOnce();
            }
            sink.flush();
            return loop.counts().sent();
        }
    }

    /** Until all consumers together have everything; how much of it this one has. */
    private long firstPass(ConsumerLoop loop, long records) {
        long mine = 0;
        final long deadlineNs = System.nanoTime() + DRAIN_NS * 6;
        while (progress.sum() < records) {
            mine += loop.pollCounted();
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("read=" + progress.sum() + " of=" + records + " seconds=60");
            }
        }
        return mine;
    }

    /** For so long, from the beginning; how many that was. */
    private static long readAgain(ConsumerLoop loop, long records, long forNs) {
        final long endNs = System.nanoTime() + forNs;
        long read = 0;
        long left = 0;
        while (System.nanoTime() - endNs < 0) {
            if (left <= 0) {
                loop.rewind();
                left = records;
            }
            final int some = loop.pollCounted();
            left -= some;
            read += some;
        }
        return read;
    }

    private Callable<Void> producer(Sink sink, CyclicBarrier barrier) {
        final ProducerLoop loop = new ProducerLoop(workload, sink, progress);
        producers.add(loop);
        final WarmUp warmUp = warmUp();
        return () -> {
            loop.run(warmUp);
            barrier.await();
            loop.run(workload.seconds());
            barrier.await();
            return null;
        };
    }

    /** Each thread has its own; who is warm waits at the barrier. */
    private WarmUp warmUp() {
        final WarmUp warmUp = WarmUp.of(workload);
        warmUps.add(warmUp);
        return warmUp;
    }

    private Sink sink() {
        final Sink sink = engine.sink(workload, acks);
        opened.add(sink);
        return sink;
    }

    /** Of one more thread; it is closed first. */
    private Sink shared(Sink sink) {
        final Sink more = sink.share();
        opened.add(0, more);
        return more;
    }

    private ConsumerLoop consumer(int share) {
        final Source source = engine.source(workload, share, workload.consumers());
        opened.add(source);
        final ConsumerLoop loop = new ConsumerLoop(source, window, progressOfReading());
        consumers.add(loop);
        return loop;
    }

    private LongAdder progressOfReading() {
        return workload.kind() == Workload.Kind.CONSUME ? progress : new LongAdder();
    }

    private LoadResult result() throws InterruptedException {
        LoadCounts counts = LoadCounts.NONE;
        for (final ProducerLoop one : producers) {
            counts = counts.plus(one.counts());
        }
        final Histogram endToEnd = new Histogram(LoadResult.DIGITS);
        final Histogram fromSend = new Histogram(LoadResult.DIGITS);
        for (final ConsumerLoop one : consumers) {
            counts = counts.plus(one.counts());
            endToEnd.add(one.endToEnd());
            fromSend.add(one.fromSend());
        }
        final Warmth warmth =
                warmUps.stream().map(WarmUp::warmth).reduce(Warmth::plus).orElseThrow();
        return window.result(counts, warmth, acks.end(), endToEnd, fromSend);
    }

    /** What the last one to a barrier does: opens the window the first time, closes it the second. */
    private final class Turns implements Runnable {
        private boolean begun;

        @Override
        public void run() {
            if (begun) {
                window.close();
            } else {
                begun = true;
                acks.begin();
                window.open();
            }
        }
    }

    /** The first failure is everybody's. */
    private static void runAll(List<Callable<Void>> threads, CyclicBarrier barrier) throws InterruptedException {
        final ExecutorService pool = Executors.newFixedThreadPool(threads.size());
        try {
            final List<Future<Void>> futures = new ArrayList<>();
            for (final Callable<Void> thread : threads) {
                futures.add(pool.submit(() -> {
                    try {
                        return thread.call();
                    } catch (Exception e) {
                        barrier.reset();
                        throw e;
                    }
                }));
            }
            Throwable first = null;
            for (final Future<Void> future : futures) {
                try {
                    future.get();
                } catch (ExecutionException e) {
                    final Throwable cause = e.getCause() == null ? e : e.getCause();
                    first = first == null || first instanceof BrokenBarrierException ? cause : first;
                }
            }
            if (first != null) {
                throw new IllegalStateException("load failed: " + first.getMessage(), first);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static void closeQuietly(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            System.getLogger(LoadRun.class.getName()).log(System.Logger.Level.WARNING, "close", e);
        }
    }
}
