package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Contestant;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** One workload, by contestants in alternation, for some rounds. One thread. */
final class Race {
    private static final int AGAIN_MAX = 2;
    private static final AtomicInteger STREAMS = new AtomicInteger();

    private final List<Contestant> contestants;
    private final List<Absent> absent;
    private final double expectedShare;
    private final int rounds;
    private final PrintStream progress;

    /** {@code expectedShare} of the machine is used by others on purpose. */
    Race(List<Contestant> contestants, List<Absent> absent, double expectedShare, RaceOptions options) {
        this.contestants = new ArrayList<>(contestants);
        this.absent = new ArrayList<>(absent);
        this.expectedShare = expectedShare;
        rounds = options.rounds();
        progress = options.progress();
    }

    /** Disturbed runs are done again; what stays disturbed stays marked. Who fails once does not race any more. */
    Outcome run(String name, Workload workload) throws InterruptedException {
        final List<Round> kept = new ArrayList<>();
        for (int number = 0; number < rounds; number++) {
            kept.add(round(name, number, workload));
        }
        return new Outcome(kept, contestants.stream().map(Contestant::entrant).toList(), absent);
    }

    private Round round(String name, int number, Workload workload) throws InterruptedException {
        final Map<String, LoadResult> results = new LinkedHashMap<>();
        double foreign = 0;
        final List<Contestant> inTurn = new ArrayList<>();
        for (int turn = 0; turn < contestants.size(); turn++) {
            // Who begins changes from round to round.
            inTurn.add(contestants.get((turn + number) % contestants.size()));
        }
        for (final Contestant one : inTurn) {
            try {
                final LoadResult result = leastDisturbed(name, number, one, workload);
                results.put(one.name(), result);
                foreign = Math.max(foreign, foreignShare(result));
            } catch (IOException | RuntimeException e) {
                drop(name, one, e);
            }
        }
        return new Round(results, foreign);
    }

    /** Again at once while others disturb it, so that it stays beside those of the same round. */
    private LoadResult leastDisturbed(String name, int number, Contestant one, Workload workload)
            throws IOException, InterruptedException {
        LoadResult best = once(name, number, one, workload);
        for (int again = 0; again < AGAIN_MAX && foreignShare(best) > Round.FOREIGN_MAX; again++) {
            progress.printf(
                    Locale.ROOT, "%s: others used %.0f %% of the machine; again%n", name, foreignShare(best) * 100);
            final LoadResult other = once(name, number, one, workload);
            best = foreignShare(other) < foreignShare(best) ? other : best;
        }
        return best;
    }

    private LoadResult once(String name, int number, Contestant one, Workload workload)
            throws IOException, InterruptedException {
        final String stream = "race-" + ProcessHandle.current().pid() + "-" + STREAMS.incrementAndGet();
        final LoadResult result = one.run(workload.with("stream", stream));
        if (result.failures() > 0) {
            throw new IOException("failed_records=" + result.failures() + " limit=0");
        }
        progress.println(line(name, number, one.name(), result));
        return result;
    }

    private double foreignShare(LoadResult result) {
        return result.foreignShare() - expectedShare;
    }

    private void drop(String name, Contestant one, Exception failure) {
        progress.println(name + ": " + one.name() + " does not race any more: " + failure.getMessage());
        contestants.remove(one);
        absent.add(new Absent(one.entrant().system(), one.name(), "it failed: " + reason(failure)));
    }

    /** The line of the process's output that says most. */
    private static String reason(Exception failure) {
        final List<String> said = String.valueOf(failure.getMessage()).lines().toList();
        return said.stream()
                .filter(line -> line.contains("Exception:") || line.contains("Error:"))
                .findFirst()
                .orElse(said.isEmpty() ? failure.toString() : said.get(said.size() - 1))
                .strip();
    }

    private static String line(String name, int number, String contestant, LoadResult result) {
        final boolean reads = result.endToEnd().getTotalCount() > 0;
        final long bytes = Math.max(result.sentBytes(), result.readBytes());
        final long records = Math.max(result.sent(), result.read());
        return String.format(
                Locale.ROOT,
                "%s round %d %s: %.3f M records/s, %.1f MB/s, %s p50 %.1f p99 %.1f p99.9 %.1f max %.0f us,"
                        + " server %.2f s/GB = %.3f cores, client %.2f s/GB = %.3f cores, others %.0f %%, %s",
                name,
                number + 1,
                contestant,
                records / result.seconds() / 1e6,
                bytes / result.seconds() / 1e6,
                reads ? "end to end" : "acknowledged",
                (reads ? result.endToEnd() : result.acks()).getValueAtPercentile(50) / 1e3,
                (reads ? result.endToEnd() : result.acks()).getValueAtPercentile(99) / 1e3,
                (reads ? result.endToEnd() : result.acks()).getValueAtPercentile(99.9) / 1e3,
                (reads ? result.endToEnd() : result.acks()).getMaxValue() / 1e3,
                result.serverCpuSeconds() / (bytes / 1e9),
                result.serverCpuSeconds() / result.seconds(),
                result.clientCpuSeconds() / (bytes / 1e9),
                result.clientCpuSeconds() / result.seconds(),
                result.foreignShare() * 100,
                result.warmth().text());
    }
}
