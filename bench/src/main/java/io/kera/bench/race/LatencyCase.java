package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Contestant;
import io.kera.bench.peer.Peer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * From when a record was due to when it was read, at a rate; some clients of ours in the same rounds. Immutable.
 *
 * @param disciplines who races beside them
 * @param isBusy beside a process that never sleeps
 */
record LatencyCase(String name, int rate, List<Peer.Discipline> disciplines, boolean isBusy, List<Ours> ours)
        implements RaceCase {
    /** One of our clients and its rows. */
    record Ours(
            String row,
            String contestant,
            String transport,
            boolean oneThread,
            List<Target> p50,
            List<Target> p99,
            List<Target> clientCores,
            List<Target> serverCores) {}

    private static final double[] PERCENTILES = {50, 99, 99.9, 100};

    @Override
    public List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException {
        final List<Contestant> all = new ArrayList<>();
        for (final Ours one : ours) {
            final UnaryOperator<Workload> fit = workload -> workload.with("one_thread", one.oneThread)
                    .with("send", one.oneThread ? Workload.CLAIM : Workload.CALLBACK);
            all.add(
                    one.oneThread
                            ? field.keraSpinning(one.contestant, one.transport, fit)
                            : field.kera(one.contestant, one.transport, fit));
        }
        final List<Absent> absent = new ArrayList<>();
        for (final Peer.Discipline one : disciplines) {
            all.addAll(field.rivals(one));
            absent.addAll(field.absent(one));
        }
        if (disciplines.contains(Peer.Discipline.LATENCY)) {
            all.addAll(field.harness());
        }
        final Workload workload =
                options.timed(Workload.of(Workload.Kind.LATENCY)).with("rate", rate);
        final Outcome outcome;
        if (isBusy) {
            try (BusyProcess busy = BusyProcess.start()) {
                outcome = new Race(all, absent, BusyProcess.share(), options).run(name, workload);
            }
        } else {
            outcome = new Race(all, absent, 0, options).run(name, workload);
        }
        final List<Row> made = new ArrayList<>();
        for (final Ours one : ours) {
            made.addAll(rows(one, new RowMaker(outcome, one.contestant, conditions(one) + options.nodeNote())));
        }
        return made;
    }

    private List<Row> rows(Ours one, RowMaker rows) {
        final List<Row> made = new ArrayList<>();
        for (final double percentile : PERCENTILES) {
            made.add(micros(
                    rows,
                    one.row + ".p" + RaceCase.percentile(percentile),
                    result -> RaceCase.micros(result.endToEnd(), percentile),
                    percentile == 50 ? one.p50 : percentile == 99 ? one.p99 : List.of()));
        }
        made.add(micros(rows, one.row + ".from_send_p50", result -> RaceCase.micros(result.fromSend(), 50), List.of()));
        made.add(micros(rows, one.row + ".from_send_p99", result -> RaceCase.micros(result.fromSend(), 99), List.of()));
        made.add(rows.row(one.row + ".client_cpu", "cores", CLIENT_CORES, false, one.clientCores));
        made.add(rows.row(one.row + ".server_cpu", "cores", SERVER_CORES, false, one.serverCores));
        return made;
    }

    private static Row micros(RowMaker rows, String name, ToDoubleFunction<LoadResult> figure, List<Target> targets) {
        return rows.row(name, "us", figure, false, targets);
    }

    private String conditions(Ours one) {
        return String.format(
                Locale.ROOT,
                "100 B at %,d records/s, open loop, from when a record was due; KerA %s%s; the others: a thread that"
                        + " sends, sleeping between records, and one that reads; acks by default; a client's cores are"
                        + " those of its process, with the harness's own share (`harness alone`)%s",
                rate,
                one.transport,
                one.oneThread
                        ? ": one thread without an I/O thread sends, polls and reads by push; neither it nor its node ever sleeps"
                                + " (`reactors.idle=spin`)"
                        : " with its defaults: a thread that sends with callbacks, sleeping between records, one that reads"
                                + " by push, and I/O threads",
                isBusy ? "; beside " + BusyProcess.TEXT : "");
    }
}
