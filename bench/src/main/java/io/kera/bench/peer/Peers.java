package io.kera.bench.peer;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The systems that {@code --peer} names. Any thread. */
public final class Peers {
    public static final String KAFKA = "kafka";

    /** Fetches, builds and starts one. */
    @FunctionalInterface
    private interface Opening {
        Peer open(Path folder, PrintStream progress) throws IOException, InterruptedException;
    }

    private record Known(List<String> clients, Set<Peer.Discipline> disciplines, Opening opening) {}

    private static final Map<String, Known> ALL = new LinkedHashMap<>();

    static {
        ALL.put(KAFKA, new Known(KafkaPeer.CLIENTS, KafkaPeer.DISCIPLINES, KafkaPeer::open));
        ALL.put(NatsPeer.SYSTEM, new Known(NatsPeer.CLIENTS, NatsPeer.DISCIPLINES, NatsPeer::open));
        ALL.put(AeronPeer.SYSTEM, new Known(AeronPeer.CLIENTS, AeronPeer.DISCIPLINES, AeronPeer::open));
        ALL.put(ChroniclePeer.SYSTEM, new Known(ChroniclePeer.CLIENTS, ChroniclePeer.DISCIPLINES, ChroniclePeer::open));
    }

    private Peers() {}

    public static List<String> names() {
        return List.copyOf(ALL.keySet());
    }

    /** Up and quiet when this returns, or with nobody who could race. The folder is kept for the next time. */
    public static Peer open(String name, Path folder, PrintStream progress) throws InterruptedException {
        final Known system = ALL.get(name);
        if (system == null) {
            throw new IllegalArgumentException("peer=" + name + "; give " + String.join(", ", names()));
        }
        try {
            return system.opening.open(folder, progress);
        } catch (IOException e) {
            progress.println(name + " cannot race: " + e.getMessage());
            return new MissingPeer(name, system.clients, system.disciplines, firstLine(e));
        }
    }

    /** What a row has room for. */
    static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    }
}
