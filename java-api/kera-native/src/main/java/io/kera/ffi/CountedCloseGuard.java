package io.kera.ffi;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Who still uses a native object, so that it is freed once, by the last one, after it was closed.
 *
 * <p>Any thread. Invariant: {@code freeing} runs once, when it is closed and nobody is inside.
 */
final class CountedCloseGuard {
    private static final long CLOSED = 1L << 32;

    private final String what;
    private final Runnable freeing;
    /** How many in the lower half, {@link #CLOSED} above; one is the owner's, and goes with close(). */
    private final AtomicLong state = new AtomicLong(1);

    CountedCloseGuard(String what, Runnable freeing) {
        this.what = what;
        this.freeing = freeing;
    }

    boolean isClosed() {
        return state.get() >= CLOSED;
    }

    /** Takes a use, or throws because it is closed. */
    void enter() {
        long now = state.get();
        while (now < CLOSED) {
            if (state.compareAndSet(now, now + 1)) {
                return;
            }
            now = state.get();
        }
        throw closed(what);
    }

    void leave() {
        if (state.decrementAndGet() == CLOSED) {
            freeing.run();
        }
    }

    /** Refuses everybody from now on. True: this was the first call, and a {@link #leave()} is owed for it. */
    boolean close() {
        return state.getAndUpdate(now -> now | CLOSED) < CLOSED;
    }

    static NativeException closed(String what) {
        return new NativeException(24, "CLOSED", what, 0, 0, false);
    }
}
