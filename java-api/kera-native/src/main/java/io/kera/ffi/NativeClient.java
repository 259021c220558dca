package io.kera.ffi;

import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.DirectBuffer;

/**
 * A session with a broker, and the life of everything over it.
 *
 * <p>Any thread, unless the client is driven by its caller. Whoever calls into the library, and every producer and
 * consumer until its owner has left it, holds a use. {@link #close()} ends session and thread at once; the memory goes
 * when the last use is given back, so that no thread is left with a freed address.
 */
public final class NativeClient implements AutoCloseable {
    private static final AtomicInteger OPEN = new AtomicInteger();

    private final long handle;
    private final boolean ioThread;
    private final CountedCloseGuard uses;

    private NativeClient(long handle, boolean ioThread) {
        this.handle = handle;
        this.ioThread = ioThread;
        this.uses = new CountedCloseGuard("client", () -> {
            NativeCalls.runClient(handle, NativeCalls.CLIENT_CLOSE);
            OPEN.decrementAndGet();
        });
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

    /** Wakes the I/O thread; after something was handed over while it slept. */
    public void wake() {
        run(NativeCalls.CLIENT_WAKE);
    }

    /**
     * Makes every thread of this process pass a memory barrier, so that a thread that is looked at seldom need not pay
     * for one each time. False where the system has no such call.
     */
    public static boolean synchroniseThreads() {
        return NativeCalls.synchroniseThreads();
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
        return uses.isClosed();
    }

    @Override
    public void close() {
        if (uses.close()) {
            if (ioThread) {
                NativeCalls.runClient(handle, NativeCalls.CLIENT_SHUT_DOWN);
            }
            uses.leave();
        }
    }

    long handle() {
        return handle;
    }

    /** Takes a use, or refuses because it is closed. */
    void enter() {
        uses.enter();
    }

    /** Gives a use back. */
    void leave() {
        uses.leave();
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
