package io.kera.bench.peer;

import io.kera.bench.load.ProcessFigures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A media driver with an archive in one process, each with one thread, as suits two processors; its files in memory. It
 * looks for work a thousand times a second, so it is stopped while others race.
 */
final class AeronServer implements Server {
    private static final int SEGMENT_BYTES = 64 << 20;
    private static final long START_NS = 20_000_000_000L;
    private static final long LOOK_MS = 50;

    private final MemoryFolder folder;
    private final ChildProcess process;
    private final String ports;

    private AeronServer(MemoryFolder folder, ChildProcess process, String ports) {
        this.folder = folder;
        this.process = process;
        this.ports = ports;
    }

    static AeronServer start(PeerBuild build) throws IOException, InterruptedException {
        final MemoryFolder folder = new MemoryFolder("aeron-race-");
        boolean ready = false;
        AeronServer server = null;
        try {
            final Path path = folder.path();
            final ChildProcess process = ChildProcess.start(JavaCommand.of(
                    build.classPath(),
                    List.of(
                            "-Xmx512m",
                            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                            "-Daeron.dir=" + path.resolve("driver"),
                            // Who was stopped for longer than the usual 10 s would take all clients for dead.
                            "-Daeron.client.liveness.timeout=3600s",
                            "-Daeron.publication.unblock.timeout=7200s",
                            "-Daeron.driver.timeout=3600000",
                            "-Daeron.threading.mode=SHARED",
                            "-Daeron.archive.threading.mode=SHARED",
                            "-Daeron.archive.dir=" + path.resolve("archive"),
                            "-Daeron.archive.segment.file.length=" + SEGMENT_BYTES,
                            "-Daeron.archive.recording.events.enabled=false",
                            "-Daeron.archive.control.channel=aeron:udp?endpoint=127.0.0.1:" + KafkaServer.freePort(),
                            "-Daeron.archive.replication.channel=aeron:udp?endpoint=127.0.0.1:0"),
                    "io.aeron.archive.ArchivingMediaDriver",
                    List.of()));
            server = new AeronServer(folder, process, KafkaServer.freePort() + "," + KafkaServer.freePort());
            server.awaitMark();
            server.pause();
            ready = true;
            return server;
        } finally {
            if (!ready) {
                if (server != null) {
                    server.close();
                } else {
                    folder.close();
                }
            }
        }
    }

    /** Until both have said that they run, in their files. */
    private void awaitMark() throws IOException, InterruptedException {
        final long deadlineNs = System.nanoTime() + START_NS;
        while (!Files.exists(folder.path().resolve("driver/cnc.dat"))
                || !Files.exists(folder.path().resolve("archive/archive-mark.dat"))) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException(
                        "the archive does not run after seconds=20; it said: " + String.join("\n", process.lines()));
            }
            Thread.sleep(LOOK_MS);
        }
        settle();
    }

    @Override
    public void resume() {
        process.resume();
    }

    @Override
    public void pause() {
        process.pause();
    }

    @Override
    public long pid() {
        return process.pid();
    }

    /** What is called a transport are the engine's options. */
    @Override
    public String address(String transport) {
        return folder.path().resolve("driver") + "?" + transport + "&segment=" + SEGMENT_BYTES + "&ports=" + ports;
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
