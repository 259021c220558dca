package io.kera.bench.load;

import io.kera.client.KeraClient;
import io.kera.client.Producer;
import io.kera.client.Record;
import io.kera.client.SendCallback;
import io.kera.client.errors.KeraException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends records to KerA with callbacks or futures, as most programs do. Each thread has a sink of its own; they share a
 * producer.
 */
final class KeraRecordSink implements Sink {
    private static final int SENT_AT = 8;

    /** Null: another sink closes it. */
    private final @Nullable KeraClient ownClient;

    private final Producer producer;
    private final Workload workload;
    private final AckTimes acks;
    private final Record[] records;
    private final byte[] bytes;
    private final UnsafeBuffer value;
    private final boolean futures;
    private final SendCallback counting = this::count;
    private final LongAdder refused = new LongAdder();

    KeraRecordSink(KeraClient client, Producer producer, Workload workload, AckTimes acks) {
        this(client, producer, acks, workload);
    }

    private KeraRecordSink(@Nullable KeraClient ownClient, Producer producer, AckTimes acks, Workload workload) {
        this.ownClient = ownClient;
        this.producer = producer;
        this.workload = workload;
        this.acks = acks;
        futures = Workload.FUTURE.equals(workload.send());
        bytes = new byte[workload.payload().longest()];
        new Random(1).nextBytes(bytes);
        value = new UnsafeBuffer(bytes);
        records = new Record[workload.streams()];
        Arrays.setAll(records, stream -> new Record(workload.streamName(stream)));
    }

    @Override
    public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
        value.putLong(0, dueNs);
        value.putLong(SENT_AT, sentNs);
        final Record record = records[stream].value(value, 0, length);
        if (sampled) {
            producer.send(record, new SampledOutcome(acks, refused, dueNs));
        } else if (!futures) {
            producer.send(record, counting);
        } else {
            producer.send(record).whenComplete((where, error) -> {
                if (error != null) {
                    refused.increment();
                }
            });
        }
    }

    private void count(
            String stream,
            int streamlet,
            long offset,
            long appendTimeMs,
            boolean duplicate,
            @Nullable KeraException error) {
        if (error != null) {
            refused.increment();
        }
    }

    @Override
    public Sink share() {
        return new KeraRecordSink(null, producer, acks, workload);
    }

    @Override
    public void flush() {
        producer.flush();
    }

    @Override
    public long failures() {
        return refused.sum() + (ownClient == null ? 0 : producer.stats().chunksFailed());
    }

    @Override
    public void close() {
        if (ownClient != null) {
            producer.close();
            ownClient.close();
        }
    }
}
