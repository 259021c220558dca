package io.kera.node;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Names of the streams that the core has, for whoever shows numbers. Written by the control agent, read anywhere. */
final class StreamNames {
    private final Map<Long, String> names = new ConcurrentHashMap<>();

    void put(long stream, String name) {
        names.put(stream, name);
    }

    void remove(long stream) {
        names.remove(stream);
    }

    /** The id itself when the name is not known. */
    String of(long stream) {
        return names.getOrDefault(stream, Long.toString(stream));
    }

    int count() {
        return names.size();
    }
}
