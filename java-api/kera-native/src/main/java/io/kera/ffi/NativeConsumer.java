package io.kera.ffi;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The native half of a consumer: what to read, and batches where they were received.
 *
 * <p>One thread at a time. Batches are read through {@link #batches()} until the next {@link #poll} gives them back.
 * {@link #release()} is the owner's last call.
 */
public final class NativeConsumer {
    private static final int CAPACITY = 64;

    private final NativeClient client;
    private final long handle;
    private final NativeStruct batches;
    private final int batchBytes;
    private final CountedCloseGuard uses;

    private NativeConsumer(NativeClient client, long handle) {
        this.client = client;
        this.handle = handle;
        this.uses = new CountedCloseGuard("consumer", () -> {
            NativeCalls.closeConsumer(handle);
            client.leave();
        });
        this.batches = new NativeStruct("kera_batch", CAPACITY);
        this.batchBytes = NativeLayout.get().bytes("kera_batch");
    }

    /** A consumer over this client. */
    public static NativeConsumer open(NativeClient client, NativeOptions options) {
        client.enter();
        boolean opened = false;
        try {
            final long handle =
                    NativeCalls.openConsumer(client.handle(), options.struct().address());
            opened = true;
            return new NativeConsumer(client, handle);
        } finally {
            options.struct().keepAlive();
            if (!opened) {
                client.leave();
            }
        }
    }

    /** Reads this streamlet too; {@code start} is one of {@code enum kera_start}. */
    public void assign(long stream, int streamlet, int start, long value) {
        steer(NativeCalls.CONSUMER_ASSIGN, stream, streamlet, start, value);
    }

    /** Reads all of a stream's streamlets, which are so many or more, and those that it gets later. */
    public void assignStream(long stream, int streamlets, int start, long value) {
        steer(NativeCalls.CONSUMER_ASSIGN_STREAM, stream, streamlets, start, value);
    }

    /** How many streamlets it reads of a stream that was assigned as a whole; 0: none. */
    public int streamlets(long stream) {
        enter();
        try {
            return NativeCalls.streamletsOfConsumer(handle, stream);
        } finally {
            uses.leave();
        }
    }

    public void unassign(long stream, int streamlet) {
        steer(NativeCalls.CONSUMER_UNASSIGN, stream, streamlet, 0, 0);
    }

    public void seek(long stream, int streamlet, int start, long value) {
        steer(NativeCalls.CONSUMER_SEEK, stream, streamlet, start, value);
    }

    public void pause(long stream, int streamlet) {
        steer(NativeCalls.CONSUMER_PAUSE, stream, streamlet, 0, 0);
    }

    public void resume(long stream, int streamlet) {
        steer(NativeCalls.CONSUMER_RESUME, stream, streamlet, 0, 0);
    }

    /** Gives back the batches of the call before, and takes what there is now. Returns how many. */
    public int poll(long timeoutNs) {
        enter();
        try {
            return NativeCalls.pollConsumer(handle, batches.address(), CAPACITY, timeoutNs);
        } finally {
            uses.leave();
        }
    }

    /** {@code kera_batch}, one after the other. */
    public UnsafeBuffer batches() {
        return batches.memory();
    }

    /** Bytes of one of them. */
    public int batchBytes() {
        return batchBytes;
    }

    /**
     * Closes it; idempotent. A {@link #poll} of another thread ends. No address that came from here may be used
     * afterwards.
     */
    public void release() {
        if (uses.close()) {
            NativeCalls.endWaitingOfConsumer(handle);
            uses.leave();
        }
    }

    private void steer(int verb, long stream, int streamlet, int start, long value) {
        enter();
        try {
            NativeCalls.steerConsumer(handle, verb, stream, streamlet, start, value);
        } finally {
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
}
