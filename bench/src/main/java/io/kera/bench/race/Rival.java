package io.kera.bench.race;

import io.kera.bench.peer.Entrant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What another one reached in the same rounds; immutable.
 *
 * @param figure its own
 * @param ratio ours / its, in each round
 * @param isBetter whether it is the better client of its system, which the others of it are not judged beside
 */
public record Rival(
        Entrant entrant, Spread figure, @Nullable Spread ratio, boolean isBetter) {
    Map<String, @Nullable Object> json() {
        final Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", entrant.name());
        json.put("system", entrant.system());
        json.put("promise", entrant.promise());
        json.putAll(figure.json());
        json.put("ratio", ratio == null ? null : ratio.json());
        return json;
    }
}
