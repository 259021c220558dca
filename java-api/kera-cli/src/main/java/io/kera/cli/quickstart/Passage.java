package io.kera.cli.quickstart;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.client.Claim;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.Producer;
import io.kera.client.Record;
import io.kera.client.RecordView;
import io.kera.client.Start;
import io.kera.client.StreamSettings;
import io.kera.client.StreamWriter;
import io.kera.client.errors.KeraException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The whole work over one transport: creates a stream, writes it, reads it back, compares every byte, and deletes it.
 * One thread; outcomes arrive on the producer's callback thread.
 */
final class Passage {
    static final String STREAM = "quickstart";
    private static final int STREAMLETS = 2;
    /** Records that go to one streamlet before the next one, and between two readings of the clock. */
    private static final int TURN = 256;
    /** One record in so many tells when it was acknowledged. */
    private static final int SAMPLED_OF = 1024;

    private static final Duration STALL_MOST = Duration.ofSeconds(20);

    private final Console console;
    private final BooleanSupplier quiet;
    private final String transport;
    private final String uri;
    private final Recorder acks = new Recorder(3);
    private final long[] written = new long[STREAMLETS];
    private final long[] read = new long[STREAMLETS];
    private volatile @Nullable KeraException refused;
    private @Nullable String difference;

    Passage(Console console, BooleanSupplier quiet, String transport, String uri) {
        this.console = console;
        this.quiet = quiet;
        this.transport = transport;
        this.uri = uri;
    }

    /** Does the work, and returns the result. */
    Outcome run(Extent extent, Duration writingMost) {
        final long records = extent.records();
        try (KeraClient client =
                KeraClient.builder().uri(uri).clientName("quickstart").connect()) {
            client.admin()
                    .createStream(
                            STREAM,
                            StreamSettings.DEFAULT
                                    .withStreamlets(STREAMLETS)
                                    .withSegmentBytesMax(extent.segmentBytes()));
            final long began = System.nanoTime();
            final Histogram times = write(client, records, writingMost.toNanos());
            final long wrote = System.nanoTime();
            readBack(client, sum(written));
            final long ended = System.nanoTime();
            client.admin().deleteStream(STREAM);
            return new Outcome(transport, sum(written), wrote - began, ended - wrote, times, sum(read), difference);
        }
    }

    private Histogram write(KeraClient client, long records, long nanosMost) {
        final Progress progress = new Progress(console, quiet, transport + " write", records, acks);
        try (Producer producer = client.producer()) {
            final StreamWriter writer = producer.stream(STREAM);
            final UnsafeBuffer sample = new UnsafeBuffer(new byte[RecordPattern.BYTES]);
            long sent = 0;
            while (sent < records && progress.elapsedNs() < nanosMost && refused == null) {
                final int streamlet = (int) (sent / TURN % STREAMLETS);
                final long turnEnd = Math.min(records, sent + TURN);
                if (sent % SAMPLED_OF == 0) {
                    sendSample(producer, sample, streamlet);
                    sent++;
                }
                for (; sent < turnEnd; sent++) {
                    final Claim claim = writer.claim(streamlet, RecordPattern.BYTES);
                    RecordPattern.write(claim.buffer(), claim.offset(), written[streamlet]++);
                    claim.commit();
                }
                progress.at(sent);
            }
            producer.flush();
            if (refused == null && producer.stats().chunksFailed() > 0) {
                throw new CommandFailure(
                        ExitCode.FAILED, "chunks_failed=" + producer.stats().chunksFailed() + " limit=0 over " + uri);
            }
        }
        final KeraException refusal = refused;
        if (refusal != null) {
            throw refusal;
        }
        return progress.end(sum(written));
    }

    private void sendSample(Producer producer, UnsafeBuffer sample, int streamlet) {
        RecordPattern.write(sample, 0, written[streamlet]++);
        final long began = System.nanoTime();
        producer.send(
                new Record(STREAM).streamlet(streamlet).value(sample, 0, RecordPattern.BYTES),
                (stream, where, offset, appendTime, duplicate, error) -> {
                    if (error == null) {
                        acks.recordValue(System.nanoTime() - began);
                    } else {
                        refused = error;
                    }
                });
    }

    private void readBack(KeraClient client, long records) {
        final Progress progress = new Progress(console, quiet, transport + " verify", records, null);
        try (Consumer consumer = client.consumer()) {
            consumer.assign(STREAM, Start.earliest());
            long taken = 0;
            long deadline = System.nanoTime() + STALL_MOST.toNanos();
            while (taken < records && difference == null && System.nanoTime() - deadline < 0) {
                final int got = consumer.poll(this::compare, Duration.ofMillis(100));
                if (got > 0) {
                    taken += got;
                    deadline = System.nanoTime() + STALL_MOST.toNanos();
                }
                progress.at(taken);
            }
            progress.end(taken);
        }
        for (int i = 0; i < STREAMLETS && difference == null; i++) {
            if (read[i] != written[i]) {
                difference = "streamlet=" + i + " records_read=" + read[i] + " limit=" + written[i];
            }
        }
    }

    private void compare(RecordView record) {
        final int streamlet = record.streamlet();
        final long expected = read[streamlet]++;
        if (difference == null
                && (record.offset() != expected
                        || !RecordPattern.is(record.buffer(), record.valueOffset(), record.valueLength(), expected))) {
            difference =
                    "streamlet=" + streamlet + " offset=" + record.offset() + " expected_offset=" + expected + " bytes="
                            + record.valueLength() + " limit=" + RecordPattern.BYTES + "; not what was written there";
        }
    }

    private static long sum(long[] counts) {
        long sum = 0;
        for (final long count : counts) {
            sum += count;
        }
        return sum;
    }
}
