package io.kera.coordinator;

import io.kera.wire.AckLevels;
import io.kera.wire.FrameSeal;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.util.UUID;
import kera.codec.metadata.AlterStreamDecoder;
import kera.codec.metadata.CreateStreamDecoder;
import kera.codec.metadata.DeleteStreamDecoder;
import kera.codec.metadata.ErrorCode;
import kera.codec.metadata.ForgetStreamDecoder;
import kera.codec.metadata.FoundClusterDecoder;
import kera.codec.metadata.FrameHeaderDecoder;
import kera.codec.metadata.MoveLeadershipDecoder;
import kera.codec.metadata.NoteStreamOpenedDecoder;
import kera.codec.metadata.RegisterNodeDecoder;
import kera.codec.metadata.ReserveProducerIdsDecoder;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the coordinator decides: one committed command in, exactly one event out. Pure and deterministic: it has no
 * clock, thread, socket or file; the same commands make the same state and the same events on every member. One
 * thread at a time. A command that is refused has changed nothing.
 */
public final class MetadataStateMachine {
    static final int PRODUCER_IDS_MAX = 1_000_000;

    private final FrameHeaderDecoder header = new FrameHeaderDecoder();
    private final MetadataEvents events;
    private MetadataState state = new MetadataState();

    public MetadataStateMachine(EventSink sink) {
        events = new MetadataEvents(sink);
    }

    /** To be read until the next {@link #apply} or {@link #restore}. */
    public MetadataState state() {
        return state;
    }

    /** Takes a committed command; {@code timestampMs} is the log's. */
    public void apply(long timestampMs, DirectBuffer frame, int offset, int length) {
        if (!FrameSeal.isFrame(frame, offset, length, FrameHeaderDecoder.SCHEMA_ID)) {
            events.answering(FrameSeal.NO_CORRELATION);
            events.refused(new Refusal(ErrorCode.MALFORMED, "metadata_frame_bytes", FrameSeal.HEADER_BYTES, length), 0);
            return;
        }
        header.wrap(frame, offset);
        events.answering(header.correlationId());
        final @Nullable Refusal refusal = dispatch(timestampMs, frame, offset);
        if (refusal != null) {
            events.refused(refusal, header.templateId());
        }
    }

    /** Everything there is, as a sequence of frames. */
    public void snapshot(EventSink sink) {
        new MetadataSnapshotWriter(sink).write(state);
    }

    /** A reader whose outcome {@link #restore} takes. */
    public static MetadataSnapshotReader snapshotReader() {
        return new MetadataSnapshotReader();
    }

    /** Replaces everything by what a snapshot had. */
    public void restore(MetadataSnapshotReader snapshot) {
        state = snapshot.state();
    }

    private @Nullable Refusal dispatch(long timestampMs, DirectBuffer frame, int offset) {
        return switch (header.templateId()) {
            case FoundClusterDecoder.TEMPLATE_ID ->
                found(new FoundClusterDecoder().wrapAndApplyHeader(frame, offset, header));
            case RegisterNodeDecoder.TEMPLATE_ID ->
                register(new RegisterNodeDecoder().wrapAndApplyHeader(frame, offset, header));
            case CreateStreamDecoder.TEMPLATE_ID ->
                create(timestampMs, new CreateStreamDecoder().wrapAndApplyHeader(frame, offset, header));
            case AlterStreamDecoder.TEMPLATE_ID ->
                alter(new AlterStreamDecoder().wrapAndApplyHeader(frame, offset, header));
            case DeleteStreamDecoder.TEMPLATE_ID ->
                delete(new DeleteStreamDecoder().wrapAndApplyHeader(frame, offset, header));
            case ForgetStreamDecoder.TEMPLATE_ID ->
                forget(new ForgetStreamDecoder().wrapAndApplyHeader(frame, offset, header));
            case NoteStreamOpenedDecoder.TEMPLATE_ID ->
                noteOpened(new NoteStreamOpenedDecoder().wrapAndApplyHeader(frame, offset, header));
            case MoveLeadershipDecoder.TEMPLATE_ID ->
                move(new MoveLeadershipDecoder().wrapAndApplyHeader(frame, offset, header));
            case ReserveProducerIdsDecoder.TEMPLATE_ID ->
                reserve(new ReserveProducerIdsDecoder().wrapAndApplyHeader(frame, offset, header));
            default ->
                new Refusal(
                        ErrorCode.UNSUPPORTED,
                        "metadata_template_id",
                        NoteStreamOpenedDecoder.TEMPLATE_ID,
                        header.templateId());
        };
    }

    private @Nullable Refusal found(FoundClusterDecoder command) {
        @Nullable UUID id = state.clusterId();
        if (id == null) {
            id = new UUID(command.clusterIdHigh(), command.clusterIdLow());
            state.found(id);
        }
        events.clusterFounded(id);
        return null;
    }

    private @Nullable Refusal register(RegisterNodeDecoder command) {
        final @Nullable Refusal refusal = Refusal.unlessWithin("node_id", command.nodeId(), 0, Integer.MAX_VALUE);
        if (refusal != null) {
            return refusal;
        }
        final @Nullable NodeMetadata before = state.node(command.nodeId());
        final NodeMetadata node =
                new NodeMetadata(command.nodeId(), command.name(), before == null ? 1 : before.incarnation() + 1);
        state.put(node);
        events.nodeRegistered(node);
        return null;
    }

    private @Nullable Refusal create(long timestampMs, CreateStreamDecoder command) {
        final long wanted = command.streamId();
        final int leader = command.leader();
        final StreamDefinition definition = StreamMessages.read(command);
        @Nullable Refusal refusal = Refusal.unlessWithin("ack_level_min", definition.ackLevelMin(), 0, AckLevels.DISK);
        if (refusal == null) {
            refusal = StreamRules.check(definition);
        }
        if (refusal == null) {
            refusal = checkPlace(wanted, definition.name());
        }
        if (refusal != null) {
            return refusal;
        }
        final long id = wanted == MetadataCommands.ANY_STREAM ? state.nextStreamId() : wanted;
        state.put(new StreamMetadata(id, definition, timestampMs, leader));
        events.streamCreated(id);
        return null;
    }

    private @Nullable Refusal checkPlace(long wanted, String name) {
        final @Nullable StreamMetadata namesake = state.stream(name);
        if (namesake != null) {
            return new Refusal(ErrorCode.STREAM_EXISTS, "stream_id", 0, namesake.id());
        }
        if (wanted != MetadataCommands.ANY_STREAM) {
            if (wanted < 1 || wanted == Long.MAX_VALUE) {
                return new Refusal(ErrorCode.INVALID_ARGUMENT, "stream_id", 1, wanted);
            }
            if (state.stream(wanted) != null) {
                return new Refusal(ErrorCode.STREAM_EXISTS, "stream_id", 1, wanted);
            }
        }
        return Refusal.unlessWithin("streams", state.streams().size() + 1L, 1, StreamRules.STREAMS_MAX);
    }

    private @Nullable Refusal alter(AlterStreamDecoder command) {
        final @Nullable StreamMetadata stream = living(command.streamId());
        if (stream == null) {
            return unknown(command.streamId());
        }
        final StreamDefinition changed = stream.definition().altered(StreamMessages.read(command));
        @Nullable Refusal refusal = StreamRules.check(changed);
        if (refusal == null) {
            refusal = Refusal.unlessWithin(
                    "streamlets", changed.streamlets(), stream.definition().streamlets(), StreamRules.STREAMLETS_MAX);
        }
        if (refusal == null) {
            refusal = Refusal.unlessWithin(
                    "lanes", changed.lanes(), stream.definition().lanes(), StreamRules.LANES_MAX);
        }
        if (refusal != null) {
            return refusal;
        }
        stream.define(changed);
        events.streamAltered(stream.id());
        return null;
    }

    private @Nullable Refusal delete(DeleteStreamDecoder command) {
        final @Nullable StreamMetadata stream = living(command.streamId());
        if (stream == null) {
            return unknown(command.streamId());
        }
        state.delete(stream);
        events.streamDeleted(stream.id());
        return null;
    }

    private @Nullable Refusal forget(ForgetStreamDecoder command) {
        final @Nullable StreamMetadata stream = state.stream(command.streamId());
        if (stream == null) {
            return unknown(command.streamId());
        }
        if (!stream.isDeleted()) {
            return new Refusal(ErrorCode.INVALID_ARGUMENT, "stream_id_not_deleted", 0, stream.id());
        }
        state.forget(stream);
        events.streamForgotten(stream.id());
        return null;
    }

    private @Nullable Refusal noteOpened(NoteStreamOpenedDecoder command) {
        final @Nullable StreamMetadata stream = living(command.streamId());
        if (stream == null) {
            return unknown(command.streamId());
        }
        stream.markOpened();
        events.streamOpenedNoted(stream.id());
        return null;
    }

    private @Nullable Refusal move(MoveLeadershipDecoder command) {
        final @Nullable StreamMetadata stream = living(command.streamId());
        if (stream == null) {
            return unknown(command.streamId());
        }
        final int streamlet = command.streamletId();
        @Nullable
        Refusal refusal = Refusal.unlessWithin(
                "streamlet_id", streamlet, 0, stream.definition().streamlets() - 1L);
        if (refusal == null && state.node(command.leader()) == null) {
            refusal = new Refusal(ErrorCode.INVALID_ARGUMENT, "leader_not_registered", 0, command.leader());
        }
        if (refusal == null && stream.term(streamlet) == Integer.MAX_VALUE) {
            refusal = new Refusal(ErrorCode.LIMIT_EXCEEDED, "term", Integer.MAX_VALUE, Integer.MAX_VALUE);
        }
        if (refusal != null) {
            return refusal;
        }
        stream.lead(streamlet, command.leader(), stream.term(streamlet) + 1);
        events.leadershipMoved(stream.id(), streamlet, command.leader(), stream.term(streamlet));
        return null;
    }

    private @Nullable Refusal reserve(ReserveProducerIdsDecoder command) {
        final int count = command.idCount();
        final @Nullable Refusal refusal = Refusal.unlessWithin("producer_ids", count, 1, PRODUCER_IDS_MAX);
        if (refusal != null) {
            return refusal;
        }
        final long first = Math.max(state.nextProducerId(), command.firstIdMin());
        if (first > Long.MAX_VALUE - count) {
            return new Refusal(ErrorCode.LIMIT_EXCEEDED, "producer_id", Long.MAX_VALUE - count, first);
        }
        state.nextProducerId(first + count);
        events.producerIdsReserved(first, count);
        return null;
    }

    private @Nullable StreamMetadata living(long id) {
        final @Nullable StreamMetadata stream = state.stream(id);
        return stream == null || stream.isDeleted() ? null : stream;
    }

    private static Refusal unknown(long id) {
        return new Refusal(ErrorCode.UNKNOWN_STREAM, "stream_id", 0, id);
    }
}
