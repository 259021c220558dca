package io.kera.bench.peer;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Chronicle Queue: files in memory that the client's process maps; there is no server. One thread. */
final class ChroniclePeer implements Peer {
    static final String SYSTEM = "chronicle";
    static final List<String> CLIENTS = List.of("chronicle");
    static final Set<Discipline> DISCIPLINES = EnumSet.of(Discipline.PRODUCE_LOCALLY, Discipline.LATENCY_LOCALLY);

    private static final String VERSION = "2026.2";
    private static final String PROMISE =
            "no server; acknowledged when the append returns, in the page cache; after kill -9 all of it is there";

    /** What its documentation asks for since Java 17; and it is to tell nobody that it runs. */
    private static final List<String> FLAGS = List.of(
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
            "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
            "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "-Dchronicle.analytics.disable=true");

    private final Files files;
    private final List<String> command;

    private ChroniclePeer(Files files, List<String> command) {
        this.files = files;
        this.command = command;
    }

    static ChroniclePeer open(Path folder, PrintStream progress) throws IOException, InterruptedException {
        final PeerBuild build = PeerBuild.of(
                "chronicle", VERSION, List.of("src/io/kera/bench/chronicle/ChronicleEngine.java"), folder, progress);
        return new ChroniclePeer(
                new Files(new MemoryFolder("chronicle-race-")),
                JavaCommand.client(
                        build.engineClassPath() + ":" + JavaCommand.classPath(),
                        "io.kera.bench.chronicle.ChronicleEngine",
                        FLAGS));
    }

    @Override
    public String system() {
        return SYSTEM;
    }

    @Override
    public List<Contestant> contestants(Discipline discipline) {
        return switch (discipline) {
            case PRODUCE_LOCALLY -> List.of(contestant("chronicle", workload -> workload));
            case LATENCY_LOCALLY ->
                List.of(
                        contestant(
                                "chronicle, two threads",
                                workload -> workload.with("one_thread", false).with("spin", true)),
                        contestant("chronicle, one thread", workload -> workload.with("one_thread", true)));
            default -> List.of();
        };
    }

    private Contestant contestant(String name, UnaryOperator<io.kera.bench.load.Workload> fit) {
        return new Contestant(new Entrant(SYSTEM, name, PROMISE), files, "folder", command, fit);
    }

    @Override
    public void close() {
        files.close();
    }

    /** What takes the place of a server. */
    private record Files(MemoryFolder folder) implements Server {
        @Override
        public long pid() {
            return 0;
        }

        @Override
        public String address(String transport) {
            return folder.path().toString();
        }

        @Override
        public long residentBytesBeyondData() {
            return 0;
        }

        @Override
        public void close() {
            folder.close();
        }
    }
}
