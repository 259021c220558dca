package io.kera.coordinator;

import io.kera.wire.FrameSeal;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.util.UUID;
import kera.codec.metadata.FrameHeaderDecoder;
import kera.codec.metadata.SnapshotBeginDecoder;
import kera.codec.metadata.SnapshotEndDecoder;
import kera.codec.metadata.SnapshotLeadershipDecoder;
import kera.codec.metadata.SnapshotNodeDecoder;
import kera.codec.metadata.SnapshotStreamDecoder;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a state of a snapshot's frames, in the order in which they were written. One thread. Whatever is missing, too
 * much, or of an unknown version is a {@link MetadataDamagedException}.
 */
public final class MetadataSnapshotReader implements EventSink {
    private final FrameHeaderDecoder header = new FrameHeaderDecoder();
    private final MetadataState state = new MetadataState();
    private long messages;
    private long nextStreamId;
    private boolean complete;

    MetadataSnapshotReader() {}

    @Override
    public void onEvent(DirectBuffer frame, int offset, int length) {
        if (!FrameSeal.isFrame(frame, offset, length, FrameHeaderDecoder.SCHEMA_ID)) {
            throw damaged("frame_bytes", FrameSeal.HEADER_BYTES, length);
        }
        header.wrap(frame, offset);
        final boolean first = messages == 0;
        if (complete || first != (header.templateId() == SnapshotBeginDecoder.TEMPLATE_ID)) {
            throw damaged("template_out_of_order", messages, header.templateId());
        }
        switch (header.templateId()) {
            case SnapshotBeginDecoder.TEMPLATE_ID ->
                begin(new SnapshotBeginDecoder().wrapAndApplyHeader(frame, offset, header));
            case SnapshotNodeDecoder.TEMPLATE_ID ->
                node(new SnapshotNodeDecoder().wrapAndApplyHeader(frame, offset, header));
            case SnapshotStreamDecoder.TEMPLATE_ID ->
                stream(new SnapshotStreamDecoder().wrapAndApplyHeader(frame, offset, header));
            case SnapshotLeadershipDecoder.TEMPLATE_ID ->
                leadership(new SnapshotLeadershipDecoder().wrapAndApplyHeader(frame, offset, header));
            case SnapshotEndDecoder.TEMPLATE_ID ->
                end(new SnapshotEndDecoder().wrapAndApplyHeader(frame, offset, header));
            default -> throw damaged("template_id", SnapshotEndDecoder.TEMPLATE_ID, header.templateId());
        }
        messages++;
    }

    MetadataState state() {
        if (!complete) {
            throw damaged("messages_without_end", 0, messages);
        }
        return state;
    }

    private void begin(SnapshotBeginDecoder begin) {
        if (begin.snapshotVersion() != MetadataSnapshotWriter.VERSION) {
            throw damaged("version", MetadataSnapshotWriter.VERSION, begin.snapshotVersion());
        }
        if (begin.founded() != 0) {
            state.found(new UUID(begin.clusterIdHigh(), begin.clusterIdLow()));
        }
        nextStreamId = begin.nextStreamId();
        state.nextProducerId(begin.nextProducerId());
    }

    private void node(SnapshotNodeDecoder node) {
        state.put(new NodeMetadata(node.nodeId(), node.name(), node.incarnation()));
    }

    private void stream(SnapshotStreamDecoder stream) {
        final long id = stream.streamId();
        final long createdMs = stream.createdMs();
        final boolean deleted = stream.deleted() != 0;
        final boolean opened = stream.opened() == 1;
        final StreamDefinition definition = StreamMessages.read(stream);
        final @Nullable Refusal refusal = StreamRules.checkKept(definition);
        if (refusal != null) {
            throw damaged("stream_" + refusal.what(), refusal.limit(), refusal.value());
        }
        final StreamMetadata restored = new StreamMetadata(id, definition, createdMs, 0);
        if (opened) {
            restored.markOpened();
        }
        if (deleted) {
            restored.markDeleted();
        }
        state.put(restored);
    }

    private void leadership(SnapshotLeadershipDecoder run) {
        final @Nullable StreamMetadata stream = state.stream(run.streamId());
        final long end = (long) run.firstStreamlet() + run.streamletCount();
        if (stream == null
                || run.firstStreamlet() < 0
                || run.streamletCount() < 1
                || end > stream.definition().streamlets()) {
            throw damaged("leadership_of_stream", 0, run.streamId());
        }
        for (int streamlet = run.firstStreamlet(); streamlet < end; streamlet++) {
            stream.lead(streamlet, run.leader(), run.term());
        }
    }

    private void end(SnapshotEndDecoder end) {
        if (end.messageCount() != messages) {
            throw damaged("messages", end.messageCount(), messages);
        }
        state.nextStreamId(nextStreamId);
        complete = true;
    }

    private static MetadataDamagedException damaged(String what, long limit, long value) {
        return new MetadataDamagedException("snapshot_" + what + "=" + value + " limit=" + limit
                + "; it is damaged or of another version of KerA: restore the folder from a backup");
    }
}
