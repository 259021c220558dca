package io.kera.bench.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A process of ours and the lines it says. It ends with {@link #close}, and with this virtual machine, also when that
 * is interrupted. Any thread.
 */
public final class ChildProcess implements AutoCloseable {
    private static final int TAIL_LINES = 15;
    private static final long GRACE_SECONDS = 20;
    private static final long END_MILLIS = 1000;
    private static final long SIGNAL_SECONDS = 10;

    private final Process process;
    private final List<String> command;
    private final List<String> lines = new ArrayList<>();
    private final Thread reader;
    private final Thread atExit;
    private boolean isPaused;

    private ChildProcess(Process process, List<String> command) {
        this.process = process;
        this.command = command;
        reader = new Thread(this::read, "child-output");
        reader.setDaemon(true);
        atExit = new Thread(process::destroyForcibly, "child-end");
        Runtime.getRuntime().addShutdownHook(atExit);
        reader.start();
    }

    /** With nothing of ours in its environment. */
    public static ChildProcess start(List<String> command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("KERA_"));
        return new ChildProcess(builder.start(), command);
    }

    /** Runs one to its end; its lines. */
    public static List<String> run(List<String> command, long secondsMax) throws IOException, InterruptedException {
        try (ChildProcess child = start(command)) {
            return child.awaitEnd(secondsMax);
        }
    }

    /** Waits until it has ended; its lines. A failure shows them. */
    public List<String> awaitEnd(long secondsMax) throws IOException, InterruptedException {
        if (!process.waitFor(secondsMax, TimeUnit.SECONDS)) {
            throw failed("has not ended after seconds=" + secondsMax);
        }
        reader.join();
        if (process.exitValue() != 0) {
            throw failed("exit_status=" + process.exitValue());
        }
        return lines();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    public List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** The first line like that; waits for it. */
    public String await(Predicate<String> wanted, long secondsMax) throws InterruptedException, IOException {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
        synchronized (lines) {
            int seen = 0;
            while (true) {
                for (; seen < lines.size(); seen++) {
                    if (wanted.test(lines.get(seen))) {
                        return lines.get(seen);
                    }
                }
                final long leftMs = TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime());
                if (leftMs <= 0) {
                    throw failed("has not said what was awaited");
                }
                if (!reader.isAlive()) {
                    // What it said last has been looked at too.
                    throw failed("has ended");
                }
                lines.wait(Math.min(leftMs, 100));
            }
        }
    }

    /** It does nothing until {@link #resume()}, and takes no processor. */
    void pause() {
        signal("-STOP");
    }

    void resume() {
        signal("-CONT");
    }

    private void signal(String name) {
        try {
            run(List.of("kill", name, Long.toString(pid())), SIGNAL_SECONDS);
            isPaused = "-STOP".equals(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** SIGTERM, and SIGKILL when that does not help. */
    @Override
    public void close() {
        if (isPaused && process.isAlive()) {
            resume();
        }
        process.destroy();
        try {
            if (!process.waitFor(GRACE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The virtual machine ends already, and the hook with it.
            return;
        }
    }

    private ChildFailure failed(String what) throws InterruptedException {
        final List<String> said = lines();
        // One whose output has ended is about to.
        final boolean ended = process.waitFor(reader.isAlive() ? 0 : END_MILLIS, TimeUnit.MILLISECONDS);
        return new ChildFailure(
                "command=" + String.join(" ", shortened()) + " " + what + "; it said:\n"
                        + String.join("\n", said.subList(Math.max(0, said.size() - TAIL_LINES), said.size())),
                ended ? process.exitValue() : ChildFailure.RUNS,
                said);
    }

    private List<String> shortened() {
        return command.stream()
                .map(word -> word.length() > 200 ? word.substring(0, 60) + "..." : word)
                .toList();
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (@Nullable String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
            }
        } catch (IOException e) {
            synchronized (lines) {
                lines.add("(output ends: " + e.getMessage() + ")");
                lines.notifyAll();
            }
        }
    }
}
