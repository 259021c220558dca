package io.kera.node.service;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Pings the supervisor while every reactor turns, and tells it how the node is. When a reactor does not turn any
 * more, no ping is sent, so that the supervisor ends the process and starts it again. Owns one thread.
 */
public final class Watchdog implements AutoCloseable {
    private static final long STATUS_EVERY_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int PINGS_PER_LIMIT = 4;

    private final Supervisor supervisor;
    private final ReactorTurns turns;
    private final Supplier<String> condition;
    private final Thread thread = new Thread(this::watch, "kera-watchdog");
    private String told;
    private volatile boolean closed;

    Watchdog(Supervisor supervisor, ReactorTurns turns, Supplier<String> condition, String told) {
        this.supervisor = supervisor;
        this.turns = turns;
        this.condition = condition;
        this.told = told;
        thread.setDaemon(true);
    }

    /**
     * Tells the supervisor that the node is ready, and watches it from now on. Without a supervisor it does
     * nothing.
     *
     * @param condition how the node is, in one line
     */
    public static Watchdog start(Supervisor supervisor, ReactorTurns turns, Supplier<String> condition) {
        final String status = condition.get();
        final Watchdog watchdog = new Watchdog(supervisor, turns, condition, status);
        if (supervisor.isThere()) {
            supervisor.ready(status);
            watchdog.thread.start();
        }
        return watchdog;
    }

    /** After that, the core may be closed. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void watch() {
        final long limitNs = supervisor.watchdogNs();
        final long everyNs = limitNs == 0 ? STATUS_EVERY_NS : Math.min(STATUS_EVERY_NS, limitNs / PINGS_PER_LIMIT);
        while (!closed) {
            look(System.nanoTime());
            LockSupport.parkNanos(this, everyNs);
        }
    }

    void look(long nowNs) {
        final long stuckNs = turns.stuckNs(nowNs);
        if (stuckNs == 0) {
            supervisor.ping();
            tell(condition.get());
        } else {
            tell("a reactor has not turned for " + TimeUnit.NANOSECONDS.toSeconds(stuckNs) + " s");
        }
    }

    private void tell(String status) {
        if (!status.equals(told)) {
            told = status;
            supervisor.status(status);
        }
    }
}
