package io.kera.bench.aeron;

import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.logbuffer.Header;
import io.kera.bench.load.Source;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;

/** Reads what {@link AeronSink} sends. One thread. */
final class AeronSource implements Source {
    private static final int FRAGMENTS_MAX = 64;

    private final Subscription subscription;
    private final FragmentAssembler assembler = new FragmentAssembler(this::show);
    private Handler handler = (dueNs, sentNs, bytes) -> {};
    private int records;

    AeronSource(Subscription subscription) {
        this.subscription = subscription;
    }

    @Override
    public int poll(Handler taking, long timeoutNs) {
        handler = taking;
        records = 0;
        final long endNs = System.nanoTime() + timeoutNs;
        while (subscription.poll(assembler, FRAGMENTS_MAX) == 0 && System.nanoTime() - endNs < 0) {
            Thread.yield();
        }
        return records;
    }

    private void show(DirectBuffer buffer, int offset, int length, Header header) {
        int at = offset;
        while (at < offset + length) {
            final int bytes = (int) buffer.getLong(at);
            handler.onRecord(
                    buffer.getLong(at + AeronSink.HEAD_BYTES),
                    buffer.getLong(at + AeronSink.HEAD_BYTES + Long.BYTES),
                    bytes);
            records++;
            at += AeronSink.HEAD_BYTES + BitUtil.align(bytes, Long.BYTES);
        }
    }

    @Override
    public void rewind() {
        throw new UnsupportedOperationException("a subscription is read once");
    }

    @Override
    public void close() {
        subscription.close();
    }
}
