package io.kera.bench.race;

import io.kera.bench.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A figure, what the peer reached in the same rounds, and whether it is good enough; immutable. Its JSON has the form of
 * {@code native/bench/run}, where {@code limit} is the machine's own and {@code peer} somebody else's.
 *
 * @param peerName which client of the peer: its better one
 * @param ratio ours / the peer's better one, in each round
 * @param conditions what was measured, and how
 */
public record Row(
        String name,
        String unit,
        @Nullable Spread ours,
        String peerName,
        @Nullable Spread peer,
        @Nullable Spread ratio,
        Target target,
        String conditions) {
    /** Of figures that were taken in turn, one of each a round. */
    static Row of(
            String name,
            String unit,
            List<Double> ours,
            String peerName,
            List<Double> theirs,
            Target target,
            String conditions) {
        final List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < Math.min(ours.size(), theirs.size()); round++) {
            ratios.add(ours.get(round) / theirs.get(round));
        }
        return new Row(name, unit, Spread.of(ours), peerName, Spread.of(theirs), Spread.of(ratios), target, conditions);
    }

    /** Null for a row that only informs. */
    public @Nullable Boolean met() {
        if (target.bound() == Target.Bound.NONE) {
            return null;
        }
        final Spread judged = target.isOfRatio() ? ratio : ours;
        return judged != null && target.isMetBy(judged.median());
    }

    Map<String, @Nullable Object> json() {
        final Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("unit", unit);
        json.put("ours", ours == null ? null : ours.json());
        json.put("limit", null);
        json.put("peer", peerJson());
        json.put("ratio", ratio == null ? null : ratio.median());
        json.put("target", target.bound() == Target.Bound.NONE ? null : target.text());
        json.put("met", met());
        json.put("conditions", conditions);
        return json;
    }

    private @Nullable Map<String, Object> peerJson() {
        if (peer == null) {
            return null;
        }
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", peerName);
        json.putAll(peer.json());
        if (ratio != null) {
            json.put("ratio_min", ratio.min());
            json.put("ratio_max", ratio.max());
        }
        return json;
    }

    /** The array that every other tool reads. */
    public static String jsonText(List<Row> rows) {
        final List<String> lines = new ArrayList<>();
        rows.forEach(row -> lines.add("  " + Json.write(row.json())));
        return "[\n" + String.join(",\n", lines) + "\n]\n";
    }
}
