package io.kera.cli.console;

import io.kera.client.errors.KeraException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a long command end in order on Ctrl-C or SIGTERM. The command's loop checks {@link #isAsked()}. If it cannot,
 * because it waits for input, another thread runs the ending. The command's thread opens and closes this; the process
 * ends when one of the two has finished.
 */
public final class Interruption implements AutoCloseable {
    private static final long NOTICE_MILLIS = 500;

    private static final AtomicInteger WATCHING = new AtomicInteger();

    private final Thread hook;
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean asked;

    private Interruption(Runnable ending) {
        hook = new Thread(() -> end(ending), "kera-interruption");
    }

    /** {@code ending} runs on another thread, and only when the command's own does not end soon. */
    public static Interruption watch(Runnable ending) {
        final Interruption made = new Interruption(ending);
        Runtime.getRuntime().addShutdownHook(made.hook);
        WATCHING.incrementAndGet();
        return made;
    }

    /**
     * Whether the process ends during a command that does not use this class. Errors of the command are then a
     * consequence of Ctrl-C, and are not shown.
     */
    public static boolean isUnattended() {
        if (WATCHING.get() > 0) {
            return false;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(new Thread());
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    public boolean isAsked() {
        return asked;
    }

    /** The command has ended, and its output is out. */
    @Override
    public void close() {
        done.countDown();
        WATCHING.decrementAndGet();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending already: the hook runs, and sees that it is done.
        }
    }

    private void end(Runnable ending) {
        asked = true;
        try {
            if (!done.await(NOTICE_MILLIS, TimeUnit.MILLISECONDS)) {
                ending.run();
            }
        } catch (KeraException e) {
            if (done.getCount() > 0) {
                throw e; // else the command was quicker
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
