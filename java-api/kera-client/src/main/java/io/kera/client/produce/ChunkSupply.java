package io.kera.client.produce;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import io.kera.wire.ChunkLayout;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Where open chunks get memory from, and how the loop learns of them. Nothing of it happens for each record.
 *
 * <p>The producer's thread, inside its guard. Waits for memory: short waits spin; before a long one it lets the loop
 * have what lies in other open chunks, since their memory comes back only once they are sent.
 */
public final class ChunkSupply {
    private static final int SPINS = 200;
    private static final long AWAIT_NS = 1_000_000;
    /** Without an I/O thread, somebody has to go and send; not for each chunk, but for so many bytes. */
    private static final int DRIVEN_BYTES = 64 << 10;

    private final NativeClient client;
    private final NativeProducer producer;
    private final SharedChunks chunks;
    private final MessagesToLoop toLoop;
    private final boolean driven;
    private final int streamletChunksMax;
    private final long maxBlockNs;
    private final long chunkBytesMax;
    private final List<OpenChunk> open = new ArrayList<>();
    private int filledBytes;

    /** At most {@code streamletChunksMax} chunks of a streamlet are on their way, and no wait is longer than that. */
    public ChunkSupply(
            NativeClient client,
            NativeProducer producer,
            SharedChunks chunks,
            MessagesToLoop toLoop,
            int streamletChunksMax,
            long maxBlockNs) {
        this.client = client;
        this.producer = producer;
        this.chunks = chunks;
        this.toLoop = toLoop;
        this.streamletChunksMax = streamletChunksMax;
        this.maxBlockNs = maxBlockNs;
        driven = !client.hasIoThread();
        chunkBytesMax = producer.chunkBytesMax();
    }

    UnsafeBuffer states() {
        return producer.states();
    }

    void add(OpenChunk chunk) {
        open.add(chunk);
    }

    /** Its first record is committed. */
    void opened(OpenChunk chunk, SharedChunk memory) {
        chunks.open(chunk);
        toLoop.opened(memory, chunk);
    }

    /** It is to be sent now. */
    void full(SharedChunk memory) {
        toLoop.full(memory);
        filledBytes += memory.position();
        if (driven && filledBytes >= DRIVEN_BYTES) {
            filledBytes = 0;
            client.poll();
        }
    }

    /** Nothing was committed to it. */
    void putBack(SharedChunk memory) {
        chunks.putBack(memory);
    }

    /** Memory for a chunk with a record of so many bytes. */
    SharedChunk get(OpenChunk chunk, int recordBytes) {
        final int room = ChunkLayout.HEADER_BYTES + recordBytes;
        if (room > chunkBytesMax) {
            throw KeraException.of(ErrorCode.LIMIT_EXCEEDED, "chunk_bytes", chunkBytesMax, room);
        }
        try {
            final SharedChunk ready = chunks.take(chunk, room, streamletChunksMax);
            return ready == null ? await(chunk, room) : ready;
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    private SharedChunk await(OpenChunk chunk, int room) {
        if (room > producer.chunkBytes()) {
            sendOpen();
            chunks.wantLarge(room);
        }
        final long deadline = System.nanoTime() + Math.min(maxBlockNs, Long.MAX_VALUE / 2);
        int spins = 0;
        boolean sent = false;
        for (; ; ) {
            final SharedChunk memory = chunks.take(chunk, room, streamletChunksMax);
            if (memory != null) {
                return memory;
            }
            if (++spins > SPINS || driven) {
                if (!sent && chunks.unsettled(chunk) < streamletChunksMax) {
                    sendOpen();
                    sent = true;
                }
                final long left = deadline - System.nanoTime();
                if (left <= 0) {
                    final ErrorCode cause = ErrorCode.of((int) producer.stat("refused_with"));
                    throw KeraException.of(ErrorCode.BUFFER_EXHAUSTED, "memory_bytes", chunkBytesMax, room, cause);
                }
                chunks.await(chunk, streamletChunksMax, Math.min(left, AWAIT_NS));
            } else {
                Thread.onSpinWait();
            }
        }
    }

    private void sendOpen() {
        open.forEach(OpenChunk::send);
    }
}
