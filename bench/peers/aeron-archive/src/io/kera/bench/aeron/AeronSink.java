package io.kera.bench.aeron;

import io.aeron.ExclusivePublication;
import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Sink;
import java.util.ArrayDeque;
import java.util.Random;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/** Offers records one by one, or as many as fit an offer of that many bytes, each with its length before it. One thread. */
final class AeronSink implements Sink {
    /** Nothing in a record is at odd places. */
    static final int HEAD_BYTES = Long.BYTES;

    private final ExclusivePublication publication;
    private final CountersReader counters;
    private final int counterId;
    private final int batchBytes;
    private final AckTimes acks;
    private final UnsafeBuffer buffer;
    private final byte[] bytes;
    /** Position and time of those that are asked about. */
    private final ArrayDeque<long[]> asked = new ArrayDeque<>();

    private int filled;
    private long dueOfBatch;

    AeronSink(
            ExclusivePublication publication,
            CountersReader counters,
            int counterId,
            int batchBytes,
            int longest,
            AckTimes acks) {
        this.publication = publication;
        this.counters = counters;
        this.counterId = counterId;
        this.batchBytes = batchBytes;
        this.acks = acks;
        bytes = new byte[longest];
        new Random(1).nextBytes(bytes);
        buffer = new UnsafeBuffer(new byte[Math.max(batchBytes, HEAD_BYTES + BitUtil.align(longest, Long.BYTES))]);
    }

    @Override
    public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
        final int frameBytes = HEAD_BYTES + BitUtil.align(length, Long.BYTES);
        if (filled + frameBytes > buffer.capacity()) {
            offer();
        }
        buffer.putLong(filled, length);
        buffer.putLong(filled + HEAD_BYTES, dueNs);
        buffer.putLong(filled + HEAD_BYTES + Long.BYTES, sentNs);
        final int head = 2 * Long.BYTES;
        buffer.putBytes(filled + HEAD_BYTES + head, bytes, head, length - head);
        filled += frameBytes;
        dueOfBatch = sampled ? dueNs : dueOfBatch;
        if (filled >= batchBytes) {
            offer();
        }
    }

    private void offer() {
        long position = publication.offer(buffer, 0, filled);
        while (position < 0) {
            AeronEngine.check(position);
            Thread.yield();
            position = publication.offer(buffer, 0, filled);
        }
        filled = 0;
        if (dueOfBatch != 0) {
            asked.add(new long[] {position, dueOfBatch});
            dueOfBatch = 0;
        }
    }

    @Override
    public void work() {
        if (asked.isEmpty()) {
            return;
        }
        final long recorded = counters.getCounterValue(counterId);
        while (!asked.isEmpty() && asked.peek()[0] <= recorded) {
            acks.acknowledged(asked.poll()[1]);
        }
    }

    @Override
    public void flush() {
        if (filled > 0) {
            offer();
        }
        while (counters.getCounterValue(counterId) < publication.position()) {
            Thread.yield();
        }
        work();
    }

    @Override
    public long failures() {
        return 0;
    }

    @Override
    public void close() {
        // The publication is the engine's.
    }
}
