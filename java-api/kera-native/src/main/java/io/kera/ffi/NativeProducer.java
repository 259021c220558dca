package io.kera.ffi;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The native half of a producer: rings to and from the loop, and the words of shared chunks (see kera_shared_producer.h).
 *
 * <p>{@link #toLoop()} belongs to one thread at a time, {@link #fromLoop()} to one at a time; flush, await and stats to
 * any. {@link #release()} is the last call; no view that came from here may be touched afterwards, except {@link
 * #states()} of many threads, which lives at least as long as this object.
 */
public final class NativeProducer {
    /** No two chunks' words in one cache line. */
    private static final int STATES_ALIGNMENT = 64;

    /** Those of many threads: the loop uses their words until they are freed, also where nobody else knows them. */
    private static final Set<NativeProducer> NOT_FREED = ConcurrentHashMap.newKeySet();

    private final NativeClient client;
    private final long handle;
    private final OneToOneRingBuffer toLoop;
    private final OneToOneRingBuffer fromLoop;
    private final UnsafeBuffer states;
    private final UnsafeBuffer asleep;
    private final int chunkBytes;
    private final long chunkBytesMax;
    private final CountedCloseGuard uses;

    private NativeProducer(NativeClient client, long handle, NativeStruct area, @Nullable UnsafeBuffer ownStates) {
        this.client = client;
        this.handle = handle;
        this.uses = new CountedCloseGuard("producer", () -> {
            NativeCalls.closeProducer(handle);
            NOT_FREED.remove(this);
            client.leave();
        });
        toLoop = new OneToOneRingBuffer(view(area, "to_loop"));
        fromLoop = new OneToOneRingBuffer(view(area, "from_loop"));
        states = ownStates == null ? view(area, "states") : ownStates;
        asleep = new UnsafeBuffer(area.get("asleep"), 1);
        chunkBytes = (int) area.get("chunk_bytes");
        chunkBytesMax = area.get("chunk_bytes_max");
    }

    /** A producer of one thread over this client, once the broker has given it an identity. */
    public static NativeProducer open(NativeClient client, NativeOptions options, long timeoutNs) {
        return open(client, options, null, timeoutNs);
    }

    /** A producer of any number of threads. */
    public static NativeProducer openForThreads(NativeClient client, NativeOptions options, long timeoutNs) {
        final long chunks = 2 * (options.get("memory_bytes") / options.get("chunk_bytes")) + 2;
        final int bytes = Math.toIntExact(Math.multiplyExact(chunks, (long) SharedChunkLayout.STATE_BYTES));
        final UnsafeBuffer states = new UnsafeBuffer(BufferUtil.allocateDirectAligned(bytes, STATES_ALIGNMENT));
        return open(client, options, states, timeoutNs);
    }

    private static NativeProducer open(
            NativeClient client, NativeOptions options, @Nullable UnsafeBuffer states, long timeoutNs) {
        final NativeStruct area = new NativeStruct("kera_shared_area");
        if (states != null) {
            area.set("many_threads", 1)
                    .set("states.address", states.addressOffset())
                    .set("states.bytes", states.capacity());
        }
        client.enter();
        boolean opened = false;
        try {
            final long handle =
                    NativeCalls.openProducer(client.handle(), options.struct().address(), area.address(), timeoutNs);
            opened = true;
            final NativeProducer producer = new NativeProducer(client, handle, area, states);
            if (states != null) {
                NOT_FREED.add(producer);
            }
            return producer;
        } finally {
            options.struct().keepAlive();
            area.keepAlive();
            if (!opened) {
                client.leave();
            }
        }
    }

    /** Whether its client has a thread of its own. */
    public boolean hasIoThread() {
        return client.hasIoThread();
    }

    /** The handle by which messages name a stream. */
    public int attach(long stream, int streamlets) {
        enter();
        try {
            return NativeCalls.attachStream(handle, stream, streamlets);
        } finally {
            uses.leave();
        }
    }

    /** Until everything committed has its outcome, and those are in the ring. */
    public void flush(long timeoutNs) {
        enter();
        try {
            NativeCalls.flushProducer(handle, timeoutNs);
        } finally {
            uses.leave();
        }
    }

    /**
     * Waits until the loop has sent so many messages since the producer was opened, or settled so many chunks that were
     * asked about. A client without an I/O thread does its work meanwhile.
     */
    public void await(long messages, long asked, long timeoutNs) {
        enter();
        try {
            NativeCalls.awaitProducer(handle, messages, asked, timeoutNs);
        } finally {
            uses.leave();
        }
    }

    /** Lets a stopped streamlet go on. */
    public void recover(int stream, int streamlet) {
        enter();
        try {
            NativeCalls.recoverStreamlet(handle, stream, streamlet);
        } finally {
            uses.leave();
        }
    }

    /** A number of {@code kera_producer_stats}. */
    public long stat(String field) {
        final NativeStruct stats = new NativeStruct("kera_producer_stats");
        stats.set("struct_bytes", stats.memory().capacity());
        enter();
        try {
            NativeCalls.readStats(handle, stats.address());
            return stats.get(field);
        } finally {
            uses.leave();
            stats.keepAlive();
        }
    }

    public OneToOneRingBuffer toLoop() {
        return toLoop;
    }

    public OneToOneRingBuffer fromLoop() {
        return fromLoop;
    }

    /** {@code kera_shared_chunk_state} by number. */
    public UnsafeBuffer states() {
        return states;
    }

    /** Whether the loop must be woken; to be asked after a full fence that follows a message. */
    public boolean isAsleep() {
        return asleep.getByteVolatile(0) != 0;
    }

    public int chunkBytes() {
        return chunkBytes;
    }

    public long chunkBytesMax() {
        return chunkBytesMax;
    }

    /** Closes it; idempotent. */
    public void release() {
        if (uses.close()) {
            uses.leave();
        }
    }

    /** What the library lends stays valid until {@link #leave()}; refused once this or its client is closed. */
    public void enter() {
        if (client.isClosed()) {
            throw CountedCloseGuard.closed("client");
        }
        uses.enter();
    }

    public void leave() {
        uses.leave();
    }

    private static UnsafeBuffer view(NativeStruct area, String region) {
        return new UnsafeBuffer(area.get(region + ".address"), Math.toIntExact(area.get(region + ".bytes")));
    }
}
