package io.kera.bench.peer;

import io.kera.bench.load.ProcessFigures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A KerA node with its defaults, but for where it listens and that its data folder lies in memory. */
public final class KeraServer implements Server {
    private static final String LAST_LINE = "  shutdown.timeout";
    private static final String CLIENTS = "  clients   ";
    private static final String ARENA = "memfd:kera-arena";
    private static final long START_SECONDS = 60;
    private static final int SETTLE_SECONDS = 60;
    private static final int STEADY_SECONDS = 3;
    private static final long STEADY_BYTES = 1 << 20;

    private final MemoryFolder folder;
    private final ChildProcess process;
    private boolean pauses;

    private KeraServer(MemoryFolder folder, ChildProcess process) {
        this.folder = folder;
        this.process = process;
    }

    /** One that never sleeps while its clients run, and does nothing otherwise. */
    public static KeraServer startSpinning(List<String> settings) throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(settings);
        all.add("--reactors-idle=spin");
        final KeraServer server = start(all);
        server.pauses = true;
        server.settle();
        server.pause();
        return server;
    }

    /** One that spins is never quiet: until its memory is brought in. */
    @Override
    public void settle() throws InterruptedException {
        if (!pauses) {
            Server.super.settle();
            return;
        }
        long before = 0;
        for (int second = 0, steady = 0; second < SETTLE_SECONDS && steady < STEADY_SECONDS; second++) {
            Thread.sleep(1000);
            final long now = ProcessFigures.residentBytes(pid());
            steady = now - before <= STEADY_BYTES ? steady + 1 : 0;
            before = now;
        }
    }

    public static KeraServer start(List<String> settings) throws IOException, InterruptedException {
        final KeraServer server = launch(settings);
        boolean ready = false;
        try {
            server.process.await(line -> line.startsWith(LAST_LINE), START_SECONDS);
            ready = true;
            return server;
        } finally {
            if (!ready) {
                server.close();
            }
        }
    }

    /** Returns before it takes appends. */
    public static KeraServer launch(List<String> settings) throws IOException {
        final MemoryFolder folder = new MemoryFolder("kera-race-");
        boolean launched = false;
        try {
            final List<String> arguments = new ArrayList<>(List.of(
                    "--data-folder=" + folder.path().resolve("data"),
                    "--listen=tcp:127.0.0.1:0,shm:" + folder.path().resolve("node.sock"),
                    "--http-listen=127.0.0.1:0"));
            arguments.addAll(settings);
            final ChildProcess process = ChildProcess.start(JavaCommand.of(
                    JavaCommand.classPath(),
                    // Those of `kera node`.
                    List.of(
                            "-XX:+UseSerialGC",
                            "-Xms32m",
                            "-Xmx192m",
                            "-Xshare:auto",
                            "-XX:PerfDataSamplingInterval=1000"),
                    "io.kera.node.NodeMain",
                    arguments));
            launched = true;
            return new KeraServer(folder, process);
        } finally {
            if (!launched) {
                folder.close();
            }
        }
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public void resume() {
        if (pauses) {
            process.resume();
        }
    }

    @Override
    public void pause() {
        if (pauses) {
            process.pause();
        }
    }

    /** Waits until it has said it. */
    @Override
    public String address(String transport) {
        try {
            return process.await(line -> line.startsWith(CLIENTS + transport + ":"), START_SECONDS)
                    .substring(CLIENTS.length());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long residentBytesBeyondData() {
        return ProcessFigures.residentBytesWithout(pid(), ARENA);
    }

    @Override
    public void close() {
        process.close();
        folder.close();
    }
}
