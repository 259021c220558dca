package io.kera.bench.race;

import io.kera.bench.load.Workload;
import io.kera.bench.peer.Contestant;
import io.kera.bench.peer.Peer;
import java.util.ArrayList;
import java.util.List;

/** Consumers as fast as they go, over the same records again and again. Immutable. */
record ConsumeCase(String name, int bytes) implements RaceCase {
    @Override
    public List<Row> run(Field field, RaceOptions options) throws InterruptedException {
        final Contestant ours = field.kera("kera tcp", "tcp", workload -> workload);
        final List<Contestant> all = new ArrayList<>(List.of(ours));
        all.addAll(field.rivals(Peer.Discipline.CONSUME));
        final Workload workload =
                options.timed(Workload.of(Workload.Kind.CONSUME)).with("payload", bytes);
        final RowMaker rows = new RowMaker(
                new Race(all, field.absent(Peer.Discipline.CONSUME), 0, options).run(name, workload),
                ours.name(),
                "one consumer reads 512 MiB of " + bytes + " B values from memory again and again over TCP, the first"
                        + " 16 bytes of each; defaults of each but for those that are tuned" + options.nodeNote());
        return List.of(
                rows.row(name, "MB/s", result -> RaceCase.megabytes(result.readBytes(), result), true, List.of()),
                rows.row(
                        name + ".server_cpu",
                        "s/GB",
                        result -> RaceCase.perGigabyte(result.serverCpuSeconds(), result.readBytes()),
                        false,
                        List.of()),
                rows.row(
                        name + ".client_cpu",
                        "s/GB",
                        result -> RaceCase.perGigabyte(result.clientCpuSeconds(), result.readBytes()),
                        false,
                        List.of()));
    }
}
