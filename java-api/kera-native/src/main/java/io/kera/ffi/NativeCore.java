package io.kera.ffi;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A broker core in this process.
 *
 * <p>Any thread may call; {@link #poll()} must not run at the same time as itself. Owns everything behind it until
 * {@link #close()}, which is idempotent; afterwards every call but {@code close} is refused with
 * {@link IllegalStateException}. The buffers it hands out are views of its memory, and must not be touched once it is
 * closed.
 */
public final class NativeCore implements AutoCloseable {
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final List<String> endpoints;
    private final String memory;
    private final UnsafeBuffer controlToCore;
    private final UnsafeBuffer controlFromCore;
    private final UnsafeBuffer countersMetadata;
    private final UnsafeBuffer countersValues;
    private long handle;

    private NativeCore(long handle) {
        this.handle = handle;
        endpoints = readEndpoints(handle);
        memory = String.valueOf(NativeCalls.coreText(handle, -1));
        controlToCore = region(handle, NativeCalls.CONTROL_TO_CORE);
        controlFromCore = region(handle, NativeCalls.CONTROL_FROM_CORE);
        countersMetadata = region(handle, NativeCalls.COUNTERS_METADATA);
        countersValues = region(handle, NativeCalls.COUNTERS_VALUES);
    }

    /**
     * Reserves memory, finds everything on disk again, listens. Nothing runs before {@link #start()} or
     * {@link #poll()}.
     *
     * @throws NativeException {@code WOULD_BLOCK} for a data folder that another process holds; the value is its pid
     */
    public static NativeCore open(CoreOptions options) {
        NativeLibrary.load();
        final NativeStruct struct = options.toStruct();
        try {
            return new NativeCore(NativeCalls.openCore(struct.address()));
        } finally {
            struct.keepAlive();
        }
    }

    /** A thread for each reactor, until {@link #stop()}. */
    public void start() {
        run(NativeCalls.CORE_START);
    }

    /** Ends the threads, and brings what was acknowledged in memory to disk, if there is one. */
    public void stop() {
        run(NativeCalls.CORE_STOP);
    }

    /** Without threads: one duty cycle of every reactor. Returns how much was done. */
    public int poll() {
        return run(NativeCalls.CORE_POLL);
    }

    /** Refuses new appends from now on. */
    public void drain() {
        run(NativeCalls.CORE_DRAIN);
    }

    /** Whether everything that was acknowledged is on disk. */
    public boolean isSettled() {
        return run(NativeCalls.CORE_IS_SETTLED) != 0;
    }

    /** Where it listens, with the ports that were chosen; the first reactor's addresses come first. */
    public List<String> endpoints() {
        return endpoints;
    }

    /** One line for the log at start-up: memory, pages, regions. */
    public String memory() {
        return memory;
    }

    /** For {@code ManyToOneRingBuffer}: commands to the core. */
    public UnsafeBuffer controlToCore() {
        return controlToCore;
    }

    /** For {@code OneToOneRingBuffer}: what the core says. */
    public UnsafeBuffer controlFromCore() {
        return controlFromCore;
    }

    /** For {@code CountersReader}. */
    public UnsafeBuffer countersMetadata() {
        return countersMetadata;
    }

    /** For {@code CountersReader}. */
    public UnsafeBuffer countersValues() {
        return countersValues;
    }

    /** To be called after a command was written into {@link #controlToCore()}. */
    public void controlWake() {
        run(NativeCalls.CORE_CONTROL_WAKE);
    }

    /**
     * Sleeps until {@link #controlFromCore()} holds something, until {@link #controlAlert()}, or for that long. The thread
     * that reads the ring. {@link #close()} waits for it.
     */
    public void controlAwait(long timeoutNs) {
        lock.readLock().lock();
        try {
            NativeCalls.awaitControl(openHandle(), timeoutNs);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Ends that sleep, or the next one. */
    public void controlAlert() {
        run(NativeCalls.CORE_CONTROL_ALERT);
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (handle != 0) {
                final long closing = handle;
                handle = 0;
                NativeCalls.runCore(closing, NativeCalls.CORE_CLOSE);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private int run(int verb) {
        lock.readLock().lock();
        try {
            return NativeCalls.runCore(openHandle(), verb);
        } finally {
            lock.readLock().unlock();
        }
    }

    private long openHandle() {
        if (handle == 0) {
            throw new IllegalStateException("the core is closed");
        }
        return handle;
    }

    private static List<String> readEndpoints(long handle) {
        final List<String> found = new ArrayList<>();
        String endpoint = NativeCalls.coreText(handle, 0);
        while (endpoint != null) {
            found.add(endpoint);
            endpoint = NativeCalls.coreText(handle, found.size());
        }
        return List.copyOf(found);
    }

    private static UnsafeBuffer region(long handle, int which) {
        final NativeStruct struct = new NativeStruct("kera_memory");
        NativeCalls.coreMemory(handle, which, struct.address());
        final UnsafeBuffer view = new UnsafeBuffer(struct.get("address"), Math.toIntExact(struct.get("bytes")));
        struct.keepAlive();
        return view;
    }
}
