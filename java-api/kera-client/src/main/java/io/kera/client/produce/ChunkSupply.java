package io.kera.client.produce;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import io.kera.wire.ChunkLayout;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where open chunks get memory from, and how the loop learns of them. Nothing of it happens for each record.
 *
 * <p>The producer's thread inside its guard, or any thread where many use it. What waits is in {@link MemoryWait}.
 */
public final class ChunkSupply {
    /** Without an I/O thread, somebody has to go and send; not for each chunk, but for so many bytes. */
    private static final int DRIVEN_BYTES = 64 << 10;

    private final NativeClient client;
    private final SharedChunks chunks;
    private final MessagesToLoop toLoop;
    private final CallbackRunner runner;
    private final MemoryWait wait;
    private final boolean driven;
    private final long maxBlockNs;
    private final long chunkBytesMax;
    private final List<OpenChunk> open = new CopyOnWriteArrayList<>();
    private int filledBytes;

    /** No wait is longer than that. */
    public ChunkSupply(
            NativeClient client,
            NativeProducer producer,
            SharedChunks chunks,
            MessagesToLoop toLoop,
            CallbackRunner runner,
            long maxBlockNs) {
        this.client = client;
        this.chunks = chunks;
        this.toLoop = toLoop;
        this.runner = runner;
        this.maxBlockNs = maxBlockNs;
        driven = !client.hasIoThread();
        chunkBytesMax = producer.chunkBytesMax();
        wait = new MemoryWait(client, producer, chunks, this::sendOpen);
    }

    /** Those of one stream more, which it supplies. */
    public void add(List<? extends OpenChunk> chunks) {
        open.addAll(chunks);
    }

    /** Of a wait that begins now. */
    long deadline() {
        return System.nanoTime() + Math.min(maxBlockNs, Long.MAX_VALUE / 2);
    }

    /** It is to be sent now. */
    void full(SharedChunk memory, int bytes) {
        StackRoom.require();
        toLoop.full(memory);
        toLoop.wake();
        if (driven) {
            filledBytes += bytes;
            if (filledBytes >= DRIVEN_BYTES) {
                filledBytes = 0;
                client.poll();
            }
        }
    }

    /** Nothing was committed to it. */
    void putBack(SharedChunk memory) {
        chunks.putBack(memory);
    }

    // ---- One thread.

    /** Its first record is committed. */
    void opened(OpenChunk chunk, SharedChunk memory) {
        StackRoom.require();
        toLoop.opened(memory, chunk);
        toLoop.wake();
    }

    /** Memory for a chunk with a record of so many bytes. */
    SharedChunk get(OpenChunk chunk, int recordBytes) {
        StackRoom.require();
        final int room = room(recordBytes);
        try {
            wait.forCallbacks(chunk, deadline());
            final SharedChunk ready = chunks.take(chunk, room);
            return ready == null ? wait.forOne(chunk, room, deadline()) : ready;
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Commits the record, with its callback. False: the loop was quicker. */
    boolean tryCommit(OpenChunk chunk, SharedChunk memory, int bytes, Object callback) {
        final int record = memory.recordCount();
        final ChunkCallbacks mine = memory.callbacks(chunks.callbacks());
        mine.set(record, callback);
        final boolean first = memory.expect();
        if (first) {
            chunks.callbacks().expect();
        }
        if (memory.commit(bytes)) {
            if (first) {
                expected();
            }
            if (chunks.refuses() && mine.remove(record) != null) {
                // Closed meanwhile, and whoever closed it has not seen this callback.
                throw Refusals.closed("producer");
            }
            return true;
        }
        // Whoever closes the producer may have run it: then the record has its outcome.
        final boolean told = mine.remove(record) == null;
        if (first) {
            chunks.expectNot(chunk, memory);
        }
        return told;
    }

    /** Somebody runs the callbacks. */
    void expected() {
        runner.expect();
    }

    // ---- Many threads.

    /** A record with a callback comes, which that chunk could not take. */
    void noteCallback(@Nullable SharedChunk seen) {
        final int records = seen == null ? 0 : seen.reservedRecords();
        if (seen == null || records >= seen.callbackRoom()) {
            chunks.callbacks().wantRoom(records);
        }
    }

    /** While callbacks lag behind. */
    void awaitCallbacks(OpenChunk chunk, long deadline) {
        wait.forCallbacks(chunk, deadline);
    }

    /** The lock, for opening a chunk; throws where that would take too long. */
    void take(ReentrantLock lock, long deadline) {
        wait.take(lock, 0, deadline);
    }

    /** As {@link #get}; the chunk is begun. */
    SharedChunk getForThreads(OpenChunk chunk, int recordBytes, long timestampMs, long deadline) {
        final int room = room(recordBytes);
        try {
            final SharedChunk ready = wait.othersWait() ? null : chunks.take(chunk, room);
            final SharedChunk memory = ready == null ? wait.forMany(chunk, room, deadline) : ready;
            memory.beginForThreads(chunk, timestampMs);
            return memory;
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Its first record is written. Whether others may add to it. */
    boolean publish(OpenChunk chunk, SharedChunk memory, int bytes) {
        final boolean shared = chunks.publish(memory, bytes);
        toLoop.opened(memory, chunk);
        if (!memory.isShared()) {
            // What others have said of it meanwhile, the loop could not understand yet.
            toLoop.full(memory);
        }
        return shared;
    }

    /** The loop learns of each chunk that has a record now. */
    public void awaitPublished() {
        for (final OpenChunk chunk : open) {
            chunk.awaitPublished();
        }
    }

    /** Threads of the streamlet could not write what they have reserved. */
    void spoil(OpenChunk chunk) {
        chunks.spoil(chunk);
    }

    /** Nothing waits for a record that cannot be written. */
    public void repair() {
        for (final OpenChunk chunk : open) {
            chunk.repairIfBroken();
        }
    }

    void wake() {
        toLoop.wake();
    }

    /** The callback of a record that is committed next. True: {@link #expected()} follows the commit. */
    boolean expectOfMany(SharedChunk memory, int record, Object callback) {
        final boolean first = memory.expectOfMany(record, callback);
        if (first) {
            chunks.callbacks().expect();
        }
        return first;
    }

    /** Until no thread opens a chunk, nor writes what it has reserved. Whether that came to pass before the deadline. */
    public boolean closeToThreads(long deadline) {
        chunks.refuse();
        for (final OpenChunk chunk : open) {
            chunk.awaitOpening();
        }
        while (chunks.areWritten()) {
            if (deadline - System.nanoTime() <= 0) {
                return false;
            }
            repair();
            Thread.yield();
        }
        return true;
    }

    private int room(int recordBytes) {
        final int room = ChunkLayout.HEADER_BYTES + recordBytes;
        if (room > chunkBytesMax) {
            throw KeraException.of(ErrorCode.LIMIT_EXCEEDED, "chunk_bytes", chunkBytesMax, room);
        }
        return room;
    }

    private void sendOpen() {
        open.forEach(OpenChunk::send);
    }
}
