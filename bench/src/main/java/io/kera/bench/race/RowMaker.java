package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import io.kera.bench.peer.Entrant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Makes rows of rounds: one of ours against each peer's better client, round by round. Immutable. */
final class RowMaker {
    private final Outcome outcome;
    private final String ours;
    private final String conditions;

    RowMaker(Outcome outcome, String ours, String conditions) {
        this.outcome = outcome;
        this.ours = ours;
        this.conditions = conditions;
    }

    /** {@code moreIsBetter} says which of a peer's clients is its better one. */
    Row row(String name, String unit, ToDoubleFunction<LoadResult> figure, boolean moreIsBetter, List<Target> targets) {
        final Figures figures = new Figures(outcome.rivals());
        for (final Round round : outcome.rounds()) {
            if (outcome.hasFinished(ours)) {
                figures.addOurs(figure.applyAsDouble(round.of(ours)));
            }
            for (final Entrant rival : outcome.rivals()) {
                figures.add(rival, figure.applyAsDouble(round.of(rival.name())));
            }
        }
        return figures.row(
                name, unit, moreIsBetter, targets, outcome.absentFor(ours), conditions + disturbed() + unsteady());
    }

    /** Of all contestants, since the peer's client that does not count may have been held back by it. */
    private String unsteady() {
        final List<String> said = new ArrayList<>();
        for (final Entrant contestant : outcome.finished()) {
            final long count = outcome.rounds().stream()
                    .filter(round -> round.of(contestant.name()).warmth().isUnsteady())
                    .count();
            if (count > 0) {
                said.add(contestant.name() + " in " + count + " of "
                        + outcome.rounds().size() + " rounds");
            }
        }
        return said.isEmpty() ? "" : "; NOT STEADY when it began to count: " + String.join(", ", said);
    }

    private String disturbed() {
        final long count = outcome.rounds().stream().filter(Round::isDisturbed).count();
        final double most =
                outcome.rounds().stream().mapToDouble(Round::foreignShare).max().orElse(0);
        return count == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; DISTURBED in %d of %d rounds: others used up to %.0f %% of the machine",
                        count,
                        outcome.rounds().size(),
                        most * 100);
    }
}
