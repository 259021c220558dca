package io.kera.bench.peer;

import io.kera.bench.load.ProcessFigures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;

/** A Kafka broker and controller in one process, with a heap of 1 GiB and its logs in memory; defaults otherwise. */
public final class KafkaServer implements Server {
    private static final long START_NS = 60_000_000_000L;
    private static final long LOOK_NS = 2_000_000;
    private static final long FORMAT_SECONDS = 60;

    /** As {@code kafka-server-start.sh} gives them. */
    private static final List<String> FLAGS = List.of(
            "-Xmx1g",
            "-Xms1g",
            "-server",
            "-XX:+UseG1GC",
            "-XX:MaxGCPauseMillis=20",
            "-XX:InitiatingHeapOccupancyPercent=35",
            "-XX:+ExplicitGCInvokesConcurrent",
            "-Djava.awt.headless=true");

    private final MemoryFolder folder;
    private final ChildProcess process;
    private final int port;

    private KafkaServer(MemoryFolder folder, ChildProcess process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    public static KafkaServer start(PeerBuild build) throws IOException, InterruptedException {
        final KafkaServer server = prepare(build).launch();
        server.awaitPort();
        return server;
    }

    /** A formatted folder and a configuration, so that a start is nothing but a start. */
    public static Prepared prepare(PeerBuild build) throws IOException, InterruptedException {
        final MemoryFolder folder = new MemoryFolder("kafka-race-");
        boolean prepared = false;
        try {
            final int port = freePort();
            final Path settings = folder.path().resolve("server.properties");
            Files.writeString(settings, settings(folder.path(), port, freePort()));
            ChildProcess.run(
                    JavaCommand.of(
                            build.classPath(),
                            List.of(),
                            "kafka.tools.StorageTool",
                            List.of("format", "-t", clusterId(), "-c", settings.toString())),
                    FORMAT_SECONDS);
            prepared = true;
            return new Prepared(build, folder, settings, port);
        } finally {
            if (!prepared) {
                folder.close();
            }
        }
    }

    /** Not started yet. */
    public record Prepared(PeerBuild build, MemoryFolder folder, Path settings, int port) {
        public KafkaServer launch() throws IOException {
            boolean launched = false;
            try {
                final ChildProcess process = ChildProcess.start(
                        JavaCommand.of(build.classPath(), FLAGS, "kafka.Kafka", List.of(settings.toString())));
                launched = true;
                return new KafkaServer(folder, process, port);
            } finally {
                if (!launched) {
                    folder.close();
                }
            }
        }
    }

    /** Until somebody listens; what comes then is the client's to wait for. */
    public void awaitPort() throws IOException {
        final long deadlineNs = System.nanoTime() + START_NS;
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                socket.setTcpNoDelay(true);
                return;
            } catch (IOException e) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new IOException("kafka port=" + port + " does not listen after seconds=60; it said:\n"
                            + String.join("\n", process.lines()));
                }
                LockSupport.parkNanos(LOOK_NS);
            }
        }
    }

    @Override
    public long pid() {
        return process.pid();
    }

    @Override
    public String address(String transport) {
        return "127.0.0.1:" + port;
    }

    /** Its data is in the page cache, which is nobody's resident memory. */
    @Override
    public long residentBytesBeyondData() {
        return ProcessFigures.residentBytes(pid());
    }

    @Override
    public void close() {
        process.close();
        folder.close();
    }

    private static String settings(Path folder, int port, int controllerPort) {
        return String.join(
                "\n",
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.voters=1@127.0.0.1:" + controllerPort,
                "listeners=PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                "advertised.listeners=PLAINTEXT://127.0.0.1:" + port,
                "controller.listener.names=CONTROLLER",
                "log.dirs=" + folder.resolve("logs"),
                "num.partitions=1",
                "offsets.topic.replication.factor=1",
                // What a topic no longer keeps is looked for every 5 minutes by default: by then it would be 100 GB.
                "log.retention.check.interval.ms=250",
                // Also of topics that are deleted: what they had lies in memory, which must not run out.
                "log.segment.delete.delay.ms=100",
                "");
    }

    private static String clusterId() {
        final UUID id = UUID.randomUUID();
        final byte[] bytes = ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
        final String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        return text.startsWith("-") ? clusterId() : text;
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
