package io.kera.bench.peer;

import java.util.List;
import java.util.Set;

/**
 * A system that was asked for and cannot race: each of its clients is absent, for the same reason, where it would race.
 * Immutable.
 */
record MissingPeer(String system, List<String> names, Set<Discipline> disciplines, String why) implements Peer {
    @Override
    public List<Contestant> contestants(Discipline discipline) {
        return List.of();
    }

    @Override
    public List<Absent> absent(Discipline discipline) {
        return disciplines.contains(discipline)
                ? names.stream().map(name -> new Absent(system, name, why)).toList()
                : List.of();
    }

    @Override
    public void close() {
        // There is nothing.
    }
}
