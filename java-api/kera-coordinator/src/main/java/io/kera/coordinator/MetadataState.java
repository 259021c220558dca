package io.kera.coordinator;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Everything the coordinator remembers. Changed by {@link MetadataStateMachine} only, read on the thread that drives
 * it. Ordered by id throughout, so that equal states are walked, and written, alike.
 */
public final class MetadataState {
    /** Ids from here on are not followed by others: there would soon be none left. */
    private static final long STREAM_ID_FOLLOWED_MAX = 2 * StreamRules.STREAM_ID_MAX;

    private final TreeMap<Long, StreamMetadata> streams = new TreeMap<>();
    private final Map<String, StreamMetadata> streamsByName = new HashMap<>();
    private final TreeMap<Integer, NodeMetadata> nodes = new TreeMap<>();
    private @Nullable UUID clusterId;
    private long nextStreamId = 1;
    private long nextProducerId = 1;

    MetadataState() {}

    public @Nullable UUID clusterId() {
        return clusterId;
    }

    /** By id; with those that are deleted and not yet forgotten. */
    public Collection<StreamMetadata> streams() {
        return Collections.unmodifiableCollection(streams.values());
    }

    /** Also a deleted one, until it is forgotten. */
    public @Nullable StreamMetadata stream(long id) {
        return streams.get(id);
    }

    /** Not a deleted one. */
    public @Nullable StreamMetadata stream(String name) {
        return streamsByName.get(name);
    }

    public Collection<NodeMetadata> nodes() {
        return Collections.unmodifiableCollection(nodes.values());
    }

    public @Nullable NodeMetadata node(int id) {
        return nodes.get(id);
    }

    public long nextStreamId() {
        return nextStreamId;
    }

    public long nextProducerId() {
        return nextProducerId;
    }

    void found(UUID id) {
        clusterId = id;
    }

    void put(NodeMetadata node) {
        nodes.put(node.id(), node);
    }

    void put(StreamMetadata stream) {
        streams.put(stream.id(), stream);
        if (!stream.isDeleted()) {
            streamsByName.put(stream.definition().name(), stream);
        }
        if (stream.id() < STREAM_ID_FOLLOWED_MAX) {
            nextStreamId = Math.max(nextStreamId, stream.id() + 1);
        }
    }

    void delete(StreamMetadata stream) {
        stream.markDeleted();
        streamsByName.remove(stream.definition().name());
    }

    void forget(StreamMetadata stream) {
        streams.remove(stream.id());
    }

    /** What no id can follow, left by streams with ids that are not taken any more, does not count. */
    void nextStreamId(long next) {
        if (next >= 1 && next <= STREAM_ID_FOLLOWED_MAX) {
            nextStreamId = next;
        }
    }

    void nextProducerId(long next) {
        nextProducerId = next;
    }
}
