package io.kera.bench.race;

import io.kera.bench.peer.Absent;
import io.kera.bench.peer.Entrant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One figure of each contestant, round by round, and the row that comes of it. One thread. */
final class Figures {
    private final List<Double> ours = new ArrayList<>();
    private final Map<Entrant, List<Double>> theirs = new LinkedHashMap<>();

    Figures(List<Entrant> rivals) {
        rivals.forEach(rival -> theirs.put(rival, new ArrayList<>()));
    }

    /** Once a round. */
    void addOurs(double figure) {
        ours.add(figure);
    }

    /** Once a round for each of them. */
    void add(Entrant rival, double figure) {
        theirs.getOrDefault(rival, new ArrayList<>()).add(figure);
    }

    /**
     * {@code moreIsBetter} says which of a system's clients is its better one. A target beside a system that was not
     * asked for is left out, and the row says so.
     */
    Row row(
            String name,
            String unit,
            boolean moreIsBetter,
            List<Target> targets,
            List<Absent> absent,
            String conditions) {
        final List<Rival> better = new ArrayList<>();
        final List<Rival> others = new ArrayList<>();
        for (final Entrant entrant : theirs.keySet()) {
            final Rival rival = rival(entrant, moreIsBetter);
            if (rival != null) {
                (rival.isBetter() ? better : others).add(rival);
            }
        }
        better.addAll(others);
        final List<Target> judged =
                targets.stream().filter(target -> isAsked(target, absent)).toList();
        final List<String> dropped = targets.stream()
                .filter(target -> !isAsked(target, absent))
                .map(Target::text)
                .toList();
        return new Row(
                name,
                unit,
                Spread.of(ours),
                better,
                absent,
                judged,
                conditions + (dropped.isEmpty() ? "" : "; not judged, not asked for: " + String.join(", ", dropped)));
    }

    private boolean isAsked(Target target, List<Absent> absent) {
        return !target.isOfRatio()
                || theirs.keySet().stream().anyMatch(rival -> rival.system().equals(target.system()))
                || absent.stream().anyMatch(one -> one.system().equals(target.system()));
    }

    /** Null where it has no such figure. */
    private @Nullable Rival rival(Entrant entrant, boolean moreIsBetter) {
        final List<Double> figures = theirs.getOrDefault(entrant, List.of());
        final Spread spread = Spread.of(figures);
        if (spread == null) {
            return null;
        }
        final List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < Math.min(ours.size(), figures.size()); round++) {
            ratios.add(ours.get(round) / figures.get(round));
        }
        return new Rival(entrant, spread, Spread.of(ratios), isBetter(entrant, spread, moreIsBetter));
    }

    /** By the median over the rounds; the first of equals. */
    private boolean isBetter(Entrant entrant, Spread spread, boolean moreIsBetter) {
        boolean before = true;
        for (final Map.Entry<Entrant, List<Double>> other : theirs.entrySet()) {
            if (other.getKey().equals(entrant)) {
                before = false;
                continue;
            }
            final Spread others = Spread.of(other.getValue());
            if (others == null || !other.getKey().system().equals(entrant.system())) {
                continue;
            }
            final double ahead = moreIsBetter ? others.median() - spread.median() : spread.median() - others.median();
            if (ahead > 0 || (ahead == 0 && before)) {
                return false;
            }
        }
        return true;
    }
}
