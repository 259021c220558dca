package io.kera.bench.peer;

import java.util.List;

/** A system that was asked for and cannot race: each of its clients is absent, for the same reason. Immutable. */
record MissingPeer(String system, List<String> names, String why) implements Peer {
    @Override
    public List<Contestant> contestants(Discipline discipline) {
        return List.of();
    }

    @Override
    public List<Absent> absent(Discipline discipline) {
        return names.stream().map(name -> new Absent(system, name, why)).toList();
    }

    @Override
    public void close() {
        // There is nothing.
    }
}
