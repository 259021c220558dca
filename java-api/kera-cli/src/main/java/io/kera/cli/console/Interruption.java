package io.kera.cli.console;

import io.kera.client.errors.KeraException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a long command end in order on Ctrl-C or SIGTERM: its loop looks at {@link #isAsked()}; where it cannot, because
 * it waits for input, the ending is done for it. The command's thread opens and closes it; the process ends when one of
 * the two has ended.
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
     * Whether the process is ending under a command that does not watch for it: what fails in it then is a
     * consequence, and nothing to tell a person who has just pressed Ctrl-C.
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
