package io.kera.bench.peer;

import io.kera.bench.load.ProcessFigures;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A NATS server with JetStream and its defaults, its files in memory. */
final class NatsServer implements Server {
    /** Of the module. */
    static final String VERSION = "2.15.2";

    private static final String LISTENS = "Listening for client connections on ";
    private static final String READY = "Server is ready";
    private static final long START_SECONDS = 30;
    private static final long BUILD_SECONDS = 900;

    private final MemoryFolder folder;
    private final ChildProcess process;
    private final String address;

    private NatsServer(MemoryFolder folder, ChildProcess process, String address) {
        this.folder = folder;
        this.process = process;
        this.address = address;
    }

    /** The program, built the first time. */
    static Path build(Path folder, PrintStream progress) throws IOException, InterruptedException {
        final Path programs = folder.toAbsolutePath().resolve("nats-server-" + VERSION);
        final Path program = programs.resolve("nats-server");
        if (!Files.isExecutable(program)) {
            progress.println("building nats-server " + VERSION + " from its Go module into " + programs);
            final List<String> command = new ArrayList<>(
                    List.of("env", "CGO_ENABLED=0", "GOROOT=", "GOFLAGS=", "GOTOOLCHAIN=auto", "GOBIN=" + programs));
            command.add(GoToolchain.find(progress));
            command.addAll(List.of("install", "github.com/nats-io/nats-server/v2@v" + VERSION));
            ChildProcess.run(command, BUILD_SECONDS);
        }
        return program;
    }

    static NatsServer start(Path program) throws IOException, InterruptedException {
        final MemoryFolder folder = new MemoryFolder("nats-race-");
        boolean ready = false;
        ChildProcess process = null;
        try {
            process = ChildProcess.start(List.of(
                    program.toString(),
                    "-a",
                    "127.0.0.1",
                    "-p",
                    "-1",
                    "-js",
                    "-sd",
                    folder.path().toString()));
            final String listens = process.await(line -> line.contains(LISTENS), START_SECONDS);
            process.await(line -> line.contains(READY), START_SECONDS);
            ready = true;
            return new NatsServer(
                    folder, process, "nats://" + listens.substring(listens.indexOf(LISTENS) + LISTENS.length()));
        } finally {
            if (!ready) {
                if (process != null) {
                    process.close();
                }
                folder.close();
            }
        }
    }

    @Override
    public long pid() {
        return process.pid();
    }

    /** What is called a transport is where a stream is stored. */
    @Override
    public String address(String transport) {
        return address + "?storage=" + transport;
    }

    @Override
    public long residentBytesBeyondData() {
        return ProcessFigures.residentBytes(pid());
    }

    @Override
    public void close() {
        process.close();
        folder.close();
    }
}
