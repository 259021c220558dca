package io.kera.client;

import org.jspecify.annotations.Nullable;

/**
 * A record as objects.
 *
 * @param key null: it has none
 * @param value null: it has none
 */
public record TypedRecord<K, V>(
        String stream,
        int streamlet,
        long offset,
        long timestampMs,
        @Nullable K key,
        @Nullable V value) {
    static <K, V> TypedRecord<K, V> read(RecordView view, Deserializer<K> keys, Deserializer<V> values) {
        final K key = view.keyCount() == 0 ? null : keys.read(view.buffer(), view.keyOffset(0), view.keyLength(0));
        final V value = view.isNull() ? null : values.read(view.buffer(), view.valueOffset(), view.valueLength());
        return new TypedRecord<>(view.stream(), view.streamlet(), view.offset(), view.timestampMs(), key, value);
    }
}
