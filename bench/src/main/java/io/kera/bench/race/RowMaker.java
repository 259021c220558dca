package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Makes rows of rounds: ours against the peer's better client, round by round. Immutable. */
final class RowMaker {
    private final List<Round> rounds;
    private final String ours;
    private final List<String> peers;
    private final String conditions;

    RowMaker(List<Round> rounds, String ours, List<String> peers, String conditions) {
        this.rounds = rounds;
        this.ours = ours;
        this.peers = peers;
        this.conditions = conditions;
    }

    /** {@code moreIsBetter} says which of the peer's clients is its better one. */
    Row row(String name, String unit, ToDoubleFunction<LoadResult> figure, boolean moreIsBetter, Target target) {
        final List<Double> mine = new ArrayList<>();
        final List<Double> ratios = new ArrayList<>();
        final String better = better(figure, moreIsBetter);
        final List<Double> theirs = new ArrayList<>();
        for (final Round round : rounds) {
            final double own = figure.applyAsDouble(round.of(ours));
            mine.add(own);
            if (!better.isEmpty()) {
                theirs.add(figure.applyAsDouble(round.of(better)));
                ratios.add(own / figure.applyAsDouble(round.of(better)));
            }
        }
        return new Row(
                name,
                unit,
                Spread.of(mine),
                better,
                Spread.of(theirs),
                Spread.of(ratios),
                target,
                conditions + disturbed() + unsteady() + others(figure, better));
    }

    /** By the median over the rounds. */
    private String better(ToDoubleFunction<LoadResult> figure, boolean moreIsBetter) {
        String best = "";
        double bestFigure = 0;
        for (final String peer : peers) {
            final Spread spread = spread(figure, peer);
            if (spread != null
                    && (best.isEmpty()
                            || (moreIsBetter ? spread.median() > bestFigure : spread.median() < bestFigure))) {
                best = peer;
                bestFigure = spread.median();
            }
        }
        return best;
    }

    private String others(ToDoubleFunction<LoadResult> figure, String better) {
        final StringBuilder text = new StringBuilder();
        for (final String peer : peers) {
            final Spread spread = spread(figure, peer);
            if (spread != null && !peer.equals(better)) {
                text.append(String.format(
                        Locale.ROOT, "; %s %.4g (%.4g to %.4g)", peer, spread.median(), spread.min(), spread.max()));
            }
        }
        return text.toString();
    }

    private @Nullable Spread spread(ToDoubleFunction<LoadResult> figure, String peer) {
        return Spread.of(rounds.stream()
                .map(round -> figure.applyAsDouble(round.of(peer)))
                .toList());
    }

    /** Of all contestants, since the peer's client that does not count may have been held back by it. */
    private String unsteady() {
        final List<String> said = new ArrayList<>();
        for (final String contestant : contestants()) {
            final long count = rounds.stream()
                    .filter(round -> round.of(contestant).warmth().isUnsteady())
                    .count();
            if (count > 0) {
                said.add(contestant + " in " + count + " of " + rounds.size() + " rounds");
            }
        }
        return said.isEmpty() ? "" : "; NOT STEADY when it began to count: " + String.join(", ", said);
    }

    private List<String> contestants() {
        final List<String> all = new ArrayList<>(List.of(ours));
        all.addAll(peers);
        return all;
    }

    private String disturbed() {
        final long count = rounds.stream().filter(Round::isDisturbed).count();
        final double most =
                rounds.stream().mapToDouble(Round::foreignShare).max().orElse(0);
        return count == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; DISTURBED in %d of %d rounds: others used up to %.0f %% of the machine",
                        count,
                        rounds.size(),
                        most * 100);
    }
}
