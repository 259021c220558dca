package io.kera.bench.load;

import io.kera.client.Claim;
import io.kera.client.ExclusiveProducer;
import io.kera.client.KeraClient;
import io.kera.client.Record;
import io.kera.client.SendCallback;
import io.kera.client.StreamWriter;
import io.kera.client.errors.KeraException;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Sends to KerA: claims, or records with callbacks or futures, as the workload asks. One thread. */
final class KeraSink implements Sink {
    private static final int SENT_AT = 8;

    private final KeraClient client;
    private final boolean ownsClient;
    private final ExclusiveProducer producer;
    private final StreamWriter[] writers;
    private final Record[] records;
    private final byte[] bytes;
    private final UnsafeBuffer value;
    private final boolean claims;
    private final boolean futures;
    private final SendCallback counting = this::count;
    private final AckTimes acks;
    private final LongAdder refused = new LongAdder();

    KeraSink(KeraClient client, boolean ownsClient, ExclusiveProducer producer, Workload workload, AckTimes acks) {
        this.client = client;
        this.ownsClient = ownsClient;
        this.producer = producer;
        this.acks = acks;
        claims = Workload.CLAIM.equals(workload.send());
        futures = Workload.FUTURE.equals(workload.send());
        bytes = new byte[workload.payload().longest()];
        new Random(1).nextBytes(bytes);
        value = new UnsafeBuffer(bytes);
        writers = new StreamWriter[workload.streams()];
        records = new Record[workload.streams()];
        for (int i = 0; i < writers.length; i++) {
            writers[i] = producer.stream(workload.streamName(i));
            records[i] = new Record(workload.streamName(i));
        }
    }

    @Override
    public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
        if (sampled || !claims) {
            sendRecord(stream, dueNs, sentNs, length, sampled);
            return;
        }
        final Claim claim = writers[stream].claim(length);
        final MutableDirectBuffer room = claim.buffer();
        room.putBytes(Payload.BYTES_MIN, bytes, Payload.BYTES_MIN, length - Payload.BYTES_MIN);
        room.putLong(0, dueNs);
        room.putLong(SENT_AT, sentNs);
        claim.commit();
    }

    private void sendRecord(int stream, long dueNs, long sentNs, int length, boolean sampled) {
        value.putLong(0, dueNs);
        value.putLong(SENT_AT, sentNs);
        if (sampled) {
            producer.send(records[stream].value(value, 0, length), new SampledOutcome(acks, refused, dueNs));
        } else if (!futures) {
            producer.send(records[stream].value(value, 0, length), counting);
        } else {
            producer.send(Record.of(writers[stream].name(), Arrays.copyOf(bytes, length)))
                    .whenComplete((where, error) -> {
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
    public void flush() {
        producer.flush();
    }

    @Override
    public void work() {
        if (!ownsClient) {
            client.poll();
        }
    }

    @Override
    public long failures() {
        return refused.sum() + producer.stats().chunksFailed();
    }

    @Override
    public void close() {
        producer.close();
        if (ownsClient) {
            client.close();
        }
    }
}
