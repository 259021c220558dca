package io.kera.bench;

/** What is to be done when the process ends before its owner does, by Ctrl-C. Any thread. */
final class ExitHook {
    private final Thread thread;

    private ExitHook(Thread thread) {
        this.thread = thread;
    }

    static ExitHook of(String name, Runnable action) {
        final Thread thread = new Thread(action, name);
        Runtime.getRuntime().addShutdownHook(thread);
        return new ExitHook(thread);
    }

    /** Its owner has come to its end. Nothing where the process ends already: then the action runs. */
    void forget() {
        try {
            Runtime.getRuntime().removeShutdownHook(thread);
        } catch (IllegalStateException e) {
            // What it is about is gone by then, and it finds nothing left.
            return;
        }
    }
}
