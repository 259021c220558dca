package io.kera.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A node in a process of its own, which can be killed. Owned by one test; leaves no process behind. */
final class NodeProcess implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 120;

    private final Process process;
    private final List<String> output = new ArrayList<>();
    private Thread draining = new Thread(() -> {});
    private String tcp = "";

    private NodeProcess(Process process) {
        this.process = process;
    }

    /**
     * Starts one, and waits until it has said where it listens, or has ended. It hears signals, also where whoever runs
     * the tests ignores some, as under {@code nohup}.
     */
    static NodeProcess start(Path folder) throws IOException {
        return start(List.of("env", "--default-signal=HUP,INT,TERM"), folder);
    }

    /** As {@link #start}, by a shell that ignores a signal, and so does what it becomes. */
    static NodeProcess startIgnoring(String signal, Path folder) throws IOException {
        return start(List.of("sh", "-c", "trap '' " + signal + "; exec \"$@\"", "sh"), folder);
    }

    private static NodeProcess start(List<String> before, Path folder) throws IOException {
        final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens",
                "java.base/jdk.internal.misc=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx192m",
                "-cp",
                System.getProperty("java.class.path")));
        final String path = System.getProperty("kera.native.path");
        if (path != null) {
            command.add(1, "-Dkera.native.path=" + path);
        }
        command.addAll(List.of(
                NodeMain.class.getName(),
                "--data-folder=" + folder.resolve("data"),
                "--listen=tcp:127.0.0.1:0",
                "--http-listen=off",
                "--memory-arena=64m"));
        command.addAll(0, before);
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("KERA_"));
        final NodeProcess node = new NodeProcess(builder.start());
        node.readUntilListening();
        return node;
    }

    private void readUntilListening() throws IOException {
        final BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        String line = reader.readLine();
        while (line != null) {
            output.add(line);
            if (line.startsWith("  clients   tcp:")) {
                tcp = line.substring("  clients   ".length());
            }
            if (line.startsWith("  shutdown.timeout")) {
                drain(reader);
                return;
            }
            line = reader.readLine();
        }
    }

    /** Whoever writes to a full pipe waits. */
    private void drain(BufferedReader reader) {
        draining = new Thread(() -> addLines(reader), "node-output");
        draining.setDaemon(true);
        draining.start();
    }

    private void addLines(BufferedReader reader) {
        try (reader) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                synchronized (output) {
                    output.add(line);
                }
            }
        } catch (IOException e) {
            // The process was killed, and its pipe closed under the reader.
            synchronized (output) {
                output.add("(output ends: " + e.getMessage() + ")");
            }
        }
    }

    long pid() {
        return process.pid();
    }

    String uri() {
        return tcp;
    }

    String output() {
        synchronized (output) {
            return String.join("\n", output);
        }
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    /** Sends one, by its name. */
    void signal(String name) throws IOException, InterruptedException {
        final int sent = new ProcessBuilder("kill", "-" + name, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (sent != 0) {
            throw new IOException("kill -" + name + " " + pid() + " status=" + sent);
        }
    }

    /** SIGTERM; the exit status. */
    int terminate() throws IOException, InterruptedException {
        signal("TERM");
        return status();
    }

    /** Once it has ended, and its output was read. */
    int status() throws InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("pid=" + pid() + " has not ended:\n" + output());
        }
        draining.join();
        return process.exitValue();
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
