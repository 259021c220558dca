package io.kera.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a record, which the program may keep.
 *
 * @param value null: it has none
 */
@SuppressWarnings("ArrayRecordComponent")
public record ConsumerRecord(
        String stream,
        int streamlet,
        long offset,
        long timestampMs,
        List<byte[]> keys,
        byte @Nullable [] value,
        List<Header> headers) {
    /**
     * A header of a record.
     *
     * @param value null: it has none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Header(String name, byte @Nullable [] value) {}

    static ConsumerRecord copyOf(RecordView view) {
        final List<byte[]> keys = new ArrayList<>(view.keyCount());
        for (int i = 0; i < view.keyCount(); i++) {
            keys.add(view.key(i));
        }
        final List<Header> headers = new ArrayList<>(view.headerCount());
        for (int i = 0; i < view.headerCount(); i++) {
            headers.add(new Header(view.headerName(i), view.headerIsNull(i) ? null : view.headerValue(i)));
        }
        return new ConsumerRecord(
                view.stream(),
                view.streamlet(),
                view.offset(),
                view.timestampMs(),
                List.copyOf(keys),
                view.isNull() ? null : view.value(),
                List.copyOf(headers));
    }

    /** The value as text; empty where there is none. */
    public String valueText() {
        return value == null ? "" : new String(value, StandardCharsets.UTF_8);
    }

    /** The first key as text; empty where there is none. */
    public String keyText() {
        return keys.isEmpty() ? "" : new String(keys.get(0), StandardCharsets.UTF_8);
    }
}
