package io.kera.ffi;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A session with a broker, and the life of everything over it.
 *
 * <p>Any thread, unless the client is driven by its caller. Whoever calls into the library, and every producer and
 * consumer until its owner has left it, holds a use. {@link #close()} ends session and thread at once; the memory goes
 * when the last use is given back, so that no thread is left with a freed address.
 */
public final class NativeClient implements AutoCloseable {
    private static final long CLOSED = 1L << 32;
    private static final AtomicInteger OPEN = new AtomicInteger();

    private final long handle;
    private final boolean ioThread;
    /** Uses in the lower half, {@link #CLOSED} above; the opener's own use goes with close(). */
    private final AtomicLong state = new AtomicLong(1);

    private NativeClient(long handle, boolean ioThread) {
        this.handle = handle;
        this.ioThread = ioThread;
        OPEN.incrementAndGet();
    }

    /** Connects and waits for the session. */
    public static NativeClient connect(String uri, NativeOptions options, long timeoutNs) {
        NativeLibrary.load();
        final NativeStruct struct = options.struct();
        try {
            final long handle = NativeCalls.connect(struct.textAddress(uri), struct.address(), timeoutNs);
            return new NativeClient(handle, struct.get("io_thread") != 0);
        } finally {
            struct.keepAlive();
        }
    }

    /** Clients whose native side exists; for tests that look for leaks. */
    public static int openCount() {
        return OPEN.get();
    }

    /** Whether a thread of its own does its work. */
    public boolean hasIoThread() {
        return ioThread;
    }

    /** A round of work, for callers that drive the client. Returns how much was done. */
    public int poll() {
        return run(NativeCalls.CLIENT_POLL);
    }

    /** Sleeps until there is something to do, for callers that drive the client. */
    public void await(long timeoutNs) {
        enter();
        try {
            NativeCalls.awaitClient(handle, timeoutNs);
        } finally {
            leave();
        }
    }

    public boolean isConnected() {
        return run(NativeCalls.CLIENT_IS_CONNECTED) != 0;
    }

    /**
     * Asks the broker: a whole frame goes, the frame that answers it comes.
     *
     * @return how long the answer is; more than its room means that it was cut
     */
    public int ask(DirectBuffer request, int requestBytes, DirectBuffer answer, long timeoutNs) {
        enter();
        try {
            return NativeCalls.ask(
                    handle,
                    request.addressOffset(),
                    requestBytes,
                    answer.addressOffset(),
                    answer.capacity(),
                    timeoutNs);
        } finally {
            leave();
        }
    }

    public boolean isClosed() {
        return state.get() >= CLOSED;
    }

    @Override
    public void close() {
        final long before = state.getAndUpdate(now -> now | CLOSED);
        if (before < CLOSED) {
            if (ioThread) {
                NativeCalls.runClient(handle, NativeCalls.CLIENT_SHUT_DOWN);
            }
            leave();
        }
    }

    long handle() {
        return handle;
    }

    /** Takes a use, or refuses because it is closed. */
    void enter() {
        long now = state.get();
        while (now < CLOSED) {
            if (state.compareAndSet(now, now + 1)) {
                return;
            }
            now = state.get();
        }
        throw closed(null);
    }

    /** Gives a use back. */
    void leave() {
        if (state.decrementAndGet() == CLOSED) {
            NativeCalls.runClient(handle, NativeCalls.CLIENT_CLOSE);
            OPEN.decrementAndGet();
        }
    }

    static NativeException closed(@Nullable String what) {
        return new NativeException(24, "CLOSED", what == null ? "client" : what, 0, 0, false);
    }

    private int run(int verb) {
        enter();
        try {
            return NativeCalls.runClient(handle, verb);
        } finally {
            leave();
        }
    }
}
