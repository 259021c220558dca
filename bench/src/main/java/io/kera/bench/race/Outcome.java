package io.kera.bench.race;

import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Entrant;
import java.util.List;

/**
 * What came of a race; immutable.
 *
 * @param finished who did every round, ours among them
 * @param absent who did not, or did not come
 */
record Outcome(List<Round> rounds, List<Entrant> finished, List<Absent> absent) {
    /** Of KerA and of the harness: neither is anybody's peer. */
    static final String OURS = "kera";

    List<Entrant> rivals() {
        return finished.stream().filter(one -> !one.system().equals(OURS)).toList();
    }

    /** Who misses when that one of ours is judged: it itself, and every rival that was to come. */
    List<Absent> absentFor(String ours) {
        return absent.stream()
                .filter(one -> !one.system().equals(OURS) || one.name().equals(ours))
                .toList();
    }

    boolean hasFinished(String name) {
        return finished.stream().anyMatch(one -> one.name().equals(name));
    }
}
