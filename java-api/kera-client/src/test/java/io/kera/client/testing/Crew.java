package io.kera.client.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Threads that do the same at the same time. */
public final class Crew {
    /** What one of them does. */
    @FunctionalInterface
    public interface Work {
        void run(int thread) throws Exception;
    }

    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private Crew() {}

    public static Crew start(int count, Work work) {
        final Crew crew = new Crew();
        for (int i = 0; i < count; i++) {
            final int number = i;
            crew.threads.add(new Thread(
                    () -> {
                        try {
                            work.run(number);
                        } catch (Throwable e) {
                            crew.failures.add(e);
                        }
                    },
                    "crew-" + i));
        }
        crew.threads.forEach(Thread::start);
        return crew;
    }

    /** Starts them, and waits for them. */
    public static void run(int count, Work work) {
        start(count, work).join();
    }

    /** Waits for all; fails with what the first one threw. */
    public void join() {
        for (final Thread thread : threads) {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (!failures.isEmpty()) {
            throw new AssertionError(failures.size() + " of " + threads.size() + " threads", failures.peek());
        }
    }
}
