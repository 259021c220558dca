package io.kera.bench.race;

import io.kera.bench.peer.Absent;
import io.kera.cli.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A figure, what others reached in the same rounds, and whether it is good enough; immutable. Its JSON has the form of
 * {@code native/bench/run}, where {@code limit} is the machine's own and {@code peer} somebody else's.
 *
 * @param rivals the better client of the first peer is first
 * @param absent who was to be a rival, or is ours, and did not race: without it no target is met
 * @param targets all of them are to be met
 * @param conditions what was measured, and how
 */
public record Row(
        String name,
        String unit,
        @Nullable Spread ours,
        List<Rival> rivals,
        List<Absent> absent,
        List<Target> targets,
        String conditions) {
    /** Null for a row that only informs. */
    public @Nullable Boolean met() {
        return targets.isEmpty() ? null : absent.isEmpty() && targets.stream().allMatch(this::isMet);
    }

    private boolean isMet(Target target) {
        final Spread judged = target.isOfRatio() ? ratioTo(target.system()) : ours;
        return judged != null && target.isMetBy(judged.median());
    }

    private @Nullable Spread ratioTo(String system) {
        return rivals.stream()
                .filter(rival -> rival.isBetter() && rival.entrant().system().equals(system))
                .findFirst()
                .map(Rival::ratio)
                .orElse(null);
    }

    /** The better client of the first peer, which the table shows beside ours. */
    public @Nullable Rival peer() {
        return rivals.isEmpty() || !rivals.get(0).isBetter() ? null : rivals.get(0);
    }

    /** All others. */
    public List<Rival> beside() {
        return peer() == null ? rivals : rivals.subList(1, rivals.size());
    }

    /** What is to be reached, in words; empty for nothing. */
    public String targetText() {
        return String.join(" and ", targets.stream().map(Target::text).toList());
    }

    Map<String, @Nullable Object> json(String run) {
        final Rival peer = peer();
        final Spread ratio = peer == null ? null : peer.ratio();
        final Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("unit", unit);
        json.put("ours", ours == null ? null : ours.json());
        json.put("limit", null);
        json.put("peer", peer == null ? null : peerJson(peer));
        json.put("ratio", ratio == null ? null : ratio.median());
        json.put("target", targets.isEmpty() ? null : targetText());
        json.put("met", met());
        json.put("conditions", conditions);
        json.put("beside", beside().stream().map(Rival::json).toList());
        json.put("not_raced", absent.stream().map(Absent::text).toList());
        json.put("run", run);
        return json;
    }

    private static Map<String, Object> peerJson(Rival peer) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", peer.entrant().name());
        json.putAll(peer.figure().json());
        final Spread ratio = peer.ratio();
        if (ratio != null) {
            json.put("ratio_min", ratio.min());
            json.put("ratio_max", ratio.max());
        }
        return json;
    }

    /** The array that every other tool reads; {@code run} says of which run all of them are. */
    public static String jsonText(List<Row> rows, String run) {
        final List<String> lines = new ArrayList<>();
        rows.forEach(row -> lines.add("  " + Json.write(row.json(run))));
        return "[\n" + String.join(",\n", lines) + "\n]\n";
    }
}
