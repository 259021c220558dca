package io.kera.node.control;

import io.kera.coordinator.StreamMetadata;
import io.kera.coordinator.StreamRules;
import io.kera.node.log.NodeLog;
import io.kera.wire.AckLevels;
import io.kera.wire.FrameSeal;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.util.function.Consumer;
import kera.codec.client.AlterStreamDecoder;
import kera.codec.client.CreateStreamDecoder;
import kera.codec.client.DeleteStreamDecoder;
import kera.codec.client.ErrorCode;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.metadata.StreamCreatedDecoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Serves requests of clients about streams. A change is committed first, then the core carries it out, then the client
 * gets its answer. If the core cannot carry it out, the change is taken back, and the client gets the refusal. A change
 * that a crash interrupts is finished at the next start. The control agent's thread.
 */
final class StreamRequests {
    /** Lengths of blocks in version 1 of the schema. Longer blocks of newer clients are fine; the rest is skipped. */
    private static final int CREATE_BLOCK_BYTES = 40;

    private static final int ALTER_BLOCK_BYTES = AlterStreamDecoder.streamletsEncodingOffset();
    private static final int DELETE_BLOCK_BYTES = 8;

    private final ControlRoom room;
    private final StreamNames names;
    private final NodeLog log;
    private final int nodeId;
    private final boolean keepsData;

    StreamRequests(ControlRoom room, StreamNames names, NodeLog log, int nodeId, boolean keepsData) {
        this.room = room;
        this.names = names;
        this.log = log;
        this.nodeId = nodeId;
        this.keepsData = keepsData;
    }

    /** Serves a request that the core has forwarded. The frame is a copy. */
    void onRequest(Requester requester, UnsafeBuffer frame) {
        final FrameHeaderDecoder header = new FrameHeaderDecoder();
        header.wrap(frame, 0);
        switch (requester.templateId()) {
            case CreateStreamDecoder.TEMPLATE_ID ->
                onCreate(requester, new CreateStreamDecoder().wrapAndApplyHeader(frame, 0, header));
            case AlterStreamDecoder.TEMPLATE_ID ->
                onAlter(requester, new AlterStreamDecoder().wrapAndApplyHeader(frame, 0, header), frame);
            case DeleteStreamDecoder.TEMPLATE_ID ->
                onDelete(
                        requester,
                        new DeleteStreamDecoder()
                                .wrapAndApplyHeader(frame, 0, header)
                                .streamId());
            default ->
                room.refuse(
                        requester,
                        ErrorCode.UNSUPPORTED.value(),
                        "template_id",
                        DeleteStreamDecoder.TEMPLATE_ID,
                        requester.templateId());
        }
    }

    /** Whether a client's frame can be read without reading past its end. */
    static boolean isWhole(UnsafeBuffer frame) {
        if (!FrameSeal.isFrame(frame, 0, frame.capacity(), FrameHeaderDecoder.SCHEMA_ID)) {
            return false;
        }
        final FrameHeaderDecoder header = new FrameHeaderDecoder().wrap(frame, 0);
        if (header.version() == 0) {
            return false;
        }
        final int text = FrameSeal.HEADER_BYTES + header.blockLength();
        return switch (header.templateId()) {
            case CreateStreamDecoder.TEMPLATE_ID ->
                header.blockLength() >= CREATE_BLOCK_BYTES
                        && text + Short.BYTES <= frame.capacity()
                        && text + Short.BYTES + (frame.getShort(text) & 0xFFFF) <= frame.capacity();
            case AlterStreamDecoder.TEMPLATE_ID ->
                header.blockLength()
                        >= (header.version() < AlterStreamDecoder.streamletsSinceVersion()
                                ? ALTER_BLOCK_BYTES
                                : AlterStreamDecoder.BLOCK_LENGTH);
            case DeleteStreamDecoder.TEMPLATE_ID -> header.blockLength() >= DELETE_BLOCK_BYTES;
            default -> true;
        };
    }

    private void onCreate(Requester requester, CreateStreamDecoder asked) {
        final long wanted = asked.streamId();
        final int ackLevelMin = asked.ackLevelMinRaw();
        if (refuseLevel(requester, ackLevelMin)) {
            return;
        }
        if (wanted > StreamRules.STREAM_ID_MAX) {
            room.refuse(requester, ErrorCode.INVALID_ARGUMENT.value(), "stream_id", StreamRules.STREAM_ID_MAX, wanted);
            return;
        }
        final StreamDefinition definition = StreamMessages.read(asked);
        room.askCoordinator((to, id) -> to.createStream(id, wanted, nodeId, definition), decision -> {
            if (decision.isRefusal()) {
                room.refuse(requester, decision.code(), decision.what(), decision.limit(), decision.value());
                return;
            }
            final long stream = new StreamCreatedDecoder()
                    .wrapAndApplyHeader(decision.event(), 0, new kera.codec.metadata.FrameHeaderDecoder())
                    .streamId();
            open(requester, stream, definition);
        });
    }

    private void open(Requester requester, long stream, StreamDefinition definition) {
        room.askCore((to, id) -> to.openStream(id, stream, 1, definition), answer -> {
            if (answer.isRefusal()) {
                log.log(
                        NodeLog.Level.WARN,
                        "stream_not_opened",
                        "stream",
                        definition.name(),
                        "what",
                        answer.what(),
                        "limit",
                        answer.limit(),
                        "value",
                        answer.value());
                takeBack(stream, () -> room.answer(requester, answer));
                return;
            }
            names.put(stream, definition.name());
            noteOpened(stream, () -> room.answer(requester, answer));
        });
    }

    /** Notes that the stream may have data from now on. If this fails, the next start notes it. */
    void noteOpened(long stream, Runnable then) {
        room.askCoordinator((to, id) -> to.noteStreamOpened(id, stream), noted -> then.run());
    }

    /** Deletes the stream again, then continues. So the client can try the same name at once. */
    private void takeBack(long stream, Runnable then) {
        room.askCoordinator(
                (to, id) -> to.deleteStream(id, stream),
                deleted -> room.askCoordinator((to, id) -> to.forgetStream(id, stream), forgotten -> then.run()));
    }

    private void onAlter(Requester requester, AlterStreamDecoder asked, UnsafeBuffer frame) {
        final long stream = asked.streamId();
        final StreamAlteration change = StreamMessages.read(asked);
        if (change.ackLevelMin() != StreamAlteration.ACK_UNCHANGED && refuseLevel(requester, change.ackLevelMin())) {
            return;
        }
        final @Nullable StreamMetadata before = room.coordinator().state().stream(stream);
        final @Nullable StreamDefinition old = before == null ? null : before.definition();
        room.askCoordinator((to, id) -> to.alterStream(id, stream, change), decision -> {
            if (decision.isRefusal() || old == null) {
                room.refuse(requester, decision.code(), decision.what(), decision.limit(), decision.value());
                return;
            }
            room.forwardToCore(frame, answer -> finishAlter(requester, stream, old, answer));
        });
    }

    /** Streamlets and lanes are never removed. If the core could not add them now, it adds them at the next start. */
    private void finishAlter(Requester requester, long stream, StreamDefinition old, CoreAnswer answer) {
        if (!answer.isRefusal()) {
            room.answer(requester, answer);
            return;
        }
        final StreamAlteration back = new StreamAlteration(
                StreamAlteration.STREAMLETS_UNCHANGED,
                StreamAlteration.LANES_UNCHANGED,
                old.ackLevelMin(),
                old.retentionMs(),
                old.retentionBytes());
        room.askCoordinator((to, id) -> to.alterStream(id, stream, back), done -> room.answer(requester, answer));
    }

    private void onDelete(Requester requester, long stream) {
        room.askCoordinator((to, id) -> to.deleteStream(id, stream), decision -> {
            if (decision.code() == ErrorCode.UNKNOWN_STREAM.value()) {
                // The core may have set aside a stream that the metadata does not know. Its files can be deleted, too.
                room.askCore((to, id) -> to.deleteStream(id, stream), answer -> room.answer(requester, answer));
                return;
            }
            if (decision.isRefusal()) {
                room.refuse(requester, decision.code(), decision.what(), decision.limit(), decision.value());
                return;
            }
            drop(stream, answer -> room.answer(requester, answer));
        });
    }

    /** The deletion is committed: the core deletes the stream, then the coordinator forgets it. */
    void drop(long stream, Consumer<CoreAnswer> then) {
        names.remove(stream);
        room.askCore((to, id) -> to.deleteStream(id, stream), answer -> {
            if (!answer.isRefusal() || answer.code() == ErrorCode.UNKNOWN_STREAM.value()) {
                room.askCoordinator((to, id) -> to.forgetStream(id, stream), forgotten -> {});
            }
            then.accept(answer);
        });
    }

    private boolean refuseLevel(Requester requester, int ackLevelMin) {
        if (ackLevelMin > AckLevels.DISK) {
            room.refuse(requester, ErrorCode.INVALID_ARGUMENT.value(), "ack_level_min", AckLevels.DISK, ackLevelMin);
            return true;
        }
        if (ackLevelMin == AckLevels.DISK && !keepsData) {
            room.refuse(requester, ErrorCode.UNSUPPORTED.value(), "ack_level_min", AckLevels.REPLICAS, ackLevelMin);
            return true;
        }
        return false;
    }
}
