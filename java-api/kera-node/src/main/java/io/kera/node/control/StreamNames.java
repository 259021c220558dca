package io.kera.node.control;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Names of the streams that the core has. The control agent writes them; any thread reads them. */
public final class StreamNames {
    private final Map<Long, String> names = new ConcurrentHashMap<>();

    void put(long stream, String name) {
        names.put(stream, name);
    }

    void remove(long stream) {
        names.remove(stream);
    }

    /** The name of a stream; its id if the name is not known. */
    public String of(long stream) {
        return names.getOrDefault(stream, Long.toString(stream));
    }

    public int count() {
        return names.size();
    }
}
