package io.kera.cli.quickstart;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.client.Claim;
import io.kera.client.ExclusiveProducer;
import io.kera.client.KeraClient;
import io.kera.client.Record;
import io.kera.client.StreamWriter;
import io.kera.client.errors.KeraException;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import org.HdrHistogram.Recorder;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the records of one stream: many at full speed, or each one after the acknowledgement of the one before. One
 * thread; acknowledgements arrive on the producer's callback thread.
 */
final class RecordWriter {
    /** Records that go to one streamlet before the next one, and between two readings of the clock. */
    private static final int TURN = 256;
    /** One record in so many tells when it was acknowledged. */
    private static final int SAMPLED_OF = 1024;

    private final KeraClient client;
    private final Plan plan;
    private final UnsafeBuffer record = new UnsafeBuffer(new byte[RecordPattern.BYTES]);
    private final long[] written;
    private volatile @Nullable KeraException refused;

    RecordWriter(KeraClient client, Plan plan, int streamlets) {
        this.client = client;
        this.plan = plan;
        written = new long[streamlets];
    }

    /** Records of each streamlet. */
    long[] written() {
        return written.clone();
    }

    long sum() {
        return Arrays.stream(written).sum();
    }

    /**
     * Writes as fast as it goes, and returns when all is acknowledged.
     *
     * @param acks takes the time from record to acknowledgement of some
     */
    void writeMany(long records, long nanosMost, Progress progress, Recorder acks) {
        try (ExclusiveProducer producer = client.newProducer().acks(plan.acks()).openExclusive()) {
            final StreamWriter writer = producer.stream(Passage.STREAM);
            final long began = System.nanoTime();
            long sent = 0;
            while (sent < records && System.nanoTime() - began < nanosMost && refused == null) {
                final int streamlet = (int) (sent / TURN % written.length);
                final long turnEnd = Math.min(records, sent + TURN);
                if (sent % SAMPLED_OF == 0) {
                    sendSample(producer, streamlet, acks);
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
                        ExitCode.FAILED,
                        "chunks_failed=" + producer.stats().chunksFailed() + " limit=0 in passage=" + plan.title());
            }
        }
        final KeraException refusal = refused;
        if (refusal != null) {
            throw refusal;
        }
    }

    /** Writes each record after the acknowledgement of the one before, so that none waits in a queue. */
    void writeAlone(long records, long nanosMost, Recorder acks) {
        try (ExclusiveProducer producer = client.newProducer().acks(plan.acks()).openExclusive()) {
            final long began = System.nanoTime();
            for (long sent = 0; sent < records && System.nanoTime() - began < nanosMost; sent++) {
                RecordPattern.write(record, 0, written[0]++);
                final long sentNs = System.nanoTime();
                producer.send(sampleTo(0)).join();
                acks.recordValue(System.nanoTime() - sentNs);
            }
        } catch (CompletionException e) {
            throw e.getCause() instanceof KeraException refusal ? refusal : e;
        }
    }

    private void sendSample(ExclusiveProducer producer, int streamlet, Recorder acks) {
        RecordPattern.write(record, 0, written[streamlet]++);
        final long began = System.nanoTime();
        producer.send(sampleTo(streamlet), (stream, where, offset, appendTime, duplicate, error) -> {
            if (error == null) {
                acks.recordValue(System.nanoTime() - began);
            } else {
                refused = error;
            }
        });
    }

    private Record sampleTo(int streamlet) {
        return new Record(Passage.STREAM).streamlet(streamlet).value(record, 0, RecordPattern.BYTES);
    }
}
