package io.kera.bench.chronicle;

import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Engine;
import io.kera.bench.load.Sink;
import io.kera.bench.load.Source;
import io.kera.bench.load.Workload;
import java.io.File;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.StoreFileListener;
import net.openhft.chronicle.queue.rollcycles.TestRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * Chronicle Queue: files that this process maps, and no server. A record is there when its append returns. A tailer that
 * finds nothing yields and looks again. Compiled on demand against the peer's jars.
 */
public final class ChronicleEngine implements Engine {
    private static final int HEAD_BYTES = 2 * Long.BYTES;

    private final Path folder;
    private final Map<String, Long> retentions = new ConcurrentHashMap<>();
    private final Map<String, ChronicleQueue> queues = new ConcurrentHashMap<>();
    private final ExecutorService cleaner = Executors.newSingleThreadExecutor(task -> {
        final Thread thread = new Thread(task, "cleaner");
        thread.setDaemon(true);
        return thread;
    });

    /** A folder for its files. */
    public ChronicleEngine(String folder, boolean oneThread) {
        this.folder = Path.of(folder);
    }

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        retentions.put(name, retentionBytes);
    }

    @Override
    public void deleteStream(String name) {
        final ChronicleQueue queue = queues.remove(name);
        if (queue != null) {
            queue.close();
        }
        final File[] files = folder.resolve(name).toFile().listFiles();
        for (final File file : files == null ? new File[0] : files) {
            file.delete();
        }
        folder.resolve(name).toFile().delete();
    }

    /** It keeps files by time only: with a retention each holds a second, and who is released is deleted. */
    private ChronicleQueue queue(String name) {
        return queues.computeIfAbsent(name, absent -> {
            final boolean limited = retentions.getOrDefault(name, -1L) > 0;
            return ChronicleQueue.singleBuilder(folder.resolve(name))
                    .rollCycle(limited ? TestRollCycles.TEST_SECONDLY : RollCycles.DEFAULT)
                    .storeFileListener(limited ? deleting() : StoreFileListener.noOp())
                    .build();
        });
    }

    private StoreFileListener deleting() {
        return (cycle, file) -> cleaner.execute(file::delete);
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        return new ChronicleSink(queue(workload.streamName(0)).createAppender(), workload, acks);
    }

    @Override
    public Source source(Workload workload, int share, int shares) {
        return new ChronicleSource(queue(workload.streamName(0)).createTailer());
    }

    @Override
    public void close() {
        queues.values().forEach(ChronicleQueue::close);
        cleaner.shutdown();
    }

    /** Writes where the record stays. One thread. */
    private static final class ChronicleSink implements Sink {
        private final ExcerptAppender appender;
        private final AckTimes acks;
        private final byte[] bytes;

        ChronicleSink(ExcerptAppender appender, Workload workload, AckTimes acks) {
            this.appender = appender;
            this.acks = acks;
            appender.singleThreadedCheckDisabled(true);
            bytes = new byte[workload.payload().longest()];
            new Random(1).nextBytes(bytes);
        }

        @Override
        public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
            try (DocumentContext record = appender.writingDocument()) {
                record.wire()
                        .bytes()
                        .writeLong(dueNs)
                        .writeLong(sentNs)
                        .write(bytes, HEAD_BYTES, length - HEAD_BYTES);
            }
            if (sampled) {
                acks.acknowledged(dueNs);
            }
        }

        @Override
        public void flush() {
            // Every record is where it stays.
        }

        @Override
        public long failures() {
            return 0;
        }

        @Override
        public void close() {
            appender.close();
        }
    }

    /** Reads where the record is. One thread. */
    private static final class ChronicleSource implements Source {
        private static final int RECORDS_MAX = 256;

        private final ExcerptTailer tailer;

        ChronicleSource(ExcerptTailer tailer) {
            this.tailer = tailer;
            tailer.singleThreadedCheckDisabled(true);
            tailer.toStart();
        }

        @Override
        public int poll(Handler handler, long timeoutNs) {
            final long endNs = System.nanoTime() + timeoutNs;
            int records = 0;
            do {
                while (records < RECORDS_MAX && read(handler)) {
                    records++;
                }
                if (records > 0) {
                    return records;
                }
                if (timeoutNs > 0) {
                    Thread.yield();
                }
            } while (System.nanoTime() - endNs < 0);
            return records;
        }

        private boolean read(Handler handler) {
            try (DocumentContext record = tailer.readingDocument()) {
                if (!record.isPresent()) {
                    return false;
                }
                final Bytes<?> bytes = record.wire().bytes();
                final int length = (int) bytes.readRemaining();
                handler.onRecord(bytes.readLong(), bytes.readLong(), length);
                return true;
            }
        }

        @Override
        public void rewind() {
            tailer.toStart();
        }

        @Override
        public void close() {
            tailer.close();
        }
    }
}
