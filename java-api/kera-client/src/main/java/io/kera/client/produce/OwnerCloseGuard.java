package io.kera.client.produce;

import io.kera.client.session.Refusals;
import io.kera.ffi.NativeClient;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread at a time use native memory, and anybody close it. A use costs two plain stores; {@code
 * CountedCloseGuard} of kera-native lets many threads in, and costs two atomic additions.
 *
 * <p>The user stores that it is inside, then looks whether it is closed; the closer stores that it is closed, makes
 * every thread pass a barrier, then looks whether somebody is inside. One of the two sees the other. Whoever is last
 * frees, once: the closer, or the user when it leaves. Opaque accesses keep the compiler from swapping store and load;
 * the closer's barrier keeps the processor from it. Where the system has no such barrier, only the user itself frees,
 * at its next use.
 */
public final class OwnerCloseGuard {
    private static final VarHandle INSIDE;
    private static final VarHandle CLOSED;

    static {
        try {
            final MethodHandles.Lookup lookup = MethodHandles.lookup();
            INSIDE = lookup.findVarHandle(OwnerCloseGuard.class, "inside", boolean.class);
            CLOSED = lookup.findVarHandle(OwnerCloseGuard.class, "closed", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String what;
    private final Runnable freeing;
    private final AtomicBoolean freed = new AtomicBoolean();
    private volatile @Nullable Thread user;

    @SuppressWarnings("unused")
    private boolean inside;

    @SuppressWarnings("unused")
    private boolean closed;

    public OwnerCloseGuard(String what, Runnable freeing) {
        this.what = what;
        this.freeing = freeing;
    }

    /** REQUIRES: not inside. */
    public void enter() {
        if (user != Thread.currentThread()) {
            user = Thread.currentThread();
        }
        INSIDE.setOpaque(this, true);
        if ((boolean) CLOSED.getOpaque(this)) {
            leave();
            throw Refusals.closed(what);
        }
    }

    public void leave() {
        INSIDE.setOpaque(this, false);
        if ((boolean) CLOSED.getOpaque(this)) {
            free();
        }
    }

    private boolean isInside() {
        return (boolean) INSIDE.getOpaque(this);
    }

    public boolean isClosed() {
        return (boolean) CLOSED.getVolatile(this);
    }

    /** Whether the calling thread is the one that used it last, so that nobody else can be inside. */
    public boolean isUser() {
        return user == Thread.currentThread();
    }

    /** Whether no other thread can be using it, as far as the last one that did tells. */
    public boolean mayBeAlone() {
        final Thread last = user;
        return last == null || last == Thread.currentThread() || !last.isAlive();
    }

    /** Idempotent, any thread. */
    public void close() {
        CLOSED.setVolatile(this, true);
        if (mayBeAlone() || (NativeClient.synchroniseThreads() && !isInside())) {
            free();
        }
    }

    private void free() {
        if (freed.compareAndSet(false, true)) {
            freeing.run();
        }
    }
}
