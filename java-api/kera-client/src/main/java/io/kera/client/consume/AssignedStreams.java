package io.kera.client.consume;

import java.util.Arrays;
import java.util.function.LongToIntFunction;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The streamlets that a consumer reads, by stream. The consumer's thread.
 *
 * <p>Of a stream that is read as a whole, the library begins to read streamlets by itself when the stream gets more. Here
 * they are known when their first records come, or when somebody asks for them.
 */
public final class AssignedStreams {
    private static final class Stream {
        private final String name;
        private final long id;
        private @Nullable AssignedStreamlet[] streamlets = {};
        /** Of a stream that is read as a whole: as many as are known to be read; else 0. */
        private int followed;

        Stream(String name, long id) {
            this.name = name;
            this.id = id;
        }

        @Nullable
        AssignedStreamlet get(int streamlet) {
            return streamlet < 0 || streamlet >= streamlets.length ? null : streamlets[streamlet];
        }

        AssignedStreamlet add(int streamlet) {
            if (streamlet >= streamlets.length) {
                streamlets = Arrays.copyOf(streamlets, streamlet + 1);
            }
            @Nullable AssignedStreamlet one = streamlets[streamlet];
            if (one == null) {
                one = new AssignedStreamlet(name, id, streamlet);
                streamlets[streamlet] = one;
            }
            return one;
        }

        void follow(int count) {
            for (int streamlet = followed; streamlet < count; streamlet++) {
                add(streamlet);
            }
            followed = Math.max(followed, count);
        }
    }

    private final Long2ObjectHashMap<Stream> streams = new Long2ObjectHashMap<>();
    private final LongToIntFunction followedByLibrary;

    /** The function says how many streamlets the library reads of a stream that it reads as a whole. */
    public AssignedStreams(LongToIntFunction followedByLibrary) {
        this.followedByLibrary = followedByLibrary;
    }

    /** Of records that have come; null: it is not read any more. */
    public @Nullable AssignedStreamlet of(long streamId, int streamlet) {
        final Stream stream = streams.get(streamId);
        if (stream == null) {
            return null;
        }
        if (stream.followed > 0 && streamlet >= stream.followed) {
            stream.follow(streamlet + 1);
        }
        return stream.get(streamlet);
    }

    /** Null: it is not read. */
    public @Nullable AssignedStreamlet find(String name, int streamlet) {
        for (final Stream stream : streams.values()) {
            if (stream.name.equals(name)) {
                if (stream.followed > 0 && streamlet >= stream.followed) {
                    stream.follow(followedByLibrary.applyAsInt(stream.id));
                }
                return stream.get(streamlet);
            }
        }
        return null;
    }

    public AssignedStreamlet add(String name, long streamId, int streamlet) {
        return streams.computeIfAbsent(streamId, id -> new Stream(name, id)).add(streamlet);
    }

    /** The stream is read as a whole, and has so many streamlets. */
    public void follow(String name, long streamId, int streamlets) {
        final Stream stream = streams.computeIfAbsent(streamId, id -> new Stream(name, id));
        for (int streamlet = 0; streamlet < streamlets; streamlet++) {
            stream.add(streamlet);
        }
        stream.follow(streamlets);
    }

    public void remove(AssignedStreamlet one) {
        final Stream stream = streams.get(one.streamId());
        if (stream != null) {
            stream.streamlets[one.streamlet()] = null;
        }
    }
}
