package io.kera.cli.quickstart;

import io.kera.cli.console.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a disk can do without KerA: a file that is written in order, synced every 16 MiB, then single records, each of
 * them synced. Immutable.
 *
 * @param bytes how many were written in order
 * @param syncs times of one record and its sync
 */
record DiskSpeed(long bytes, long nanos, Histogram syncs) {
    static final int SYNCED_BYTES = 16 << 20;
    private static final int WRITE_BYTES = 1 << 20;
    private static final long WRITE_NS_MOST = 1_000_000_000;
    private static final long SYNC_NS_MOST = 300_000_000;

    /** Of the disk of a folder, with at most so many bytes there for a moment. */
    static DiskSpeed measure(Path folder, long bytesMost) throws IOException {
        final Path file = folder.resolve("disk-speed");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            final ByteBuffer bytes = ByteBuffer.allocateDirect(WRITE_BYTES);
            final UnsafeBuffer pattern = new UnsafeBuffer(bytes);
            for (int at = 0; at < WRITE_BYTES; at += RecordPattern.BYTES) {
                RecordPattern.write(pattern, at, at);
            }
            final long began = System.nanoTime();
            long written = 0;
            do {
                for (int at = 0; at < SYNCED_BYTES; at += WRITE_BYTES) {
                    write(channel, bytes.clear());
                }
                channel.force(false);
                written += SYNCED_BYTES;
            } while (written + SYNCED_BYTES <= bytesMost && System.nanoTime() - began < WRITE_NS_MOST);
            final long nanos = System.nanoTime() - began;
            return new DiskSpeed(written, nanos, measureSyncs(channel, bytes));
        } finally {
            Files.deleteIfExists(file);
        }
    }

    double bytesPerSecond() {
        return bytes * 1e9 / nanos;
    }

    JsonObject json() {
        return new JsonObject()
                .put("bytes", bytes)
                .put("seconds", nanos / 1e9)
                .put("bytes_per_second", (long) bytesPerSecond())
                .put("sync_p50_us", syncs.getValueAtPercentile(50) / 1e3)
                .put("sync_p99_us", syncs.getValueAtPercentile(99) / 1e3);
    }

    /** Over what is there already, so that a sync changes no sizes, as in a journal. */
    private static Histogram measureSyncs(FileChannel channel, ByteBuffer bytes) throws IOException {
        final Histogram times = new Histogram(3);
        channel.position(0);
        final long began = System.nanoTime();
        while (channel.position() < SYNCED_BYTES && System.nanoTime() - began < SYNC_NS_MOST) {
            final long sent = System.nanoTime();
            write(channel, bytes.clear().limit(RecordPattern.BYTES));
            channel.force(false);
            times.recordValue(System.nanoTime() - sent);
        }
        return times;
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
