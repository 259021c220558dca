package io.kera.coordinator;

import io.kera.wire.FrameSeal;
import io.kera.wire.StreamMessages;
import java.util.UUID;
import kera.codec.metadata.FrameHeaderEncoder;
import kera.codec.metadata.SnapshotBeginEncoder;
import kera.codec.metadata.SnapshotEndEncoder;
import kera.codec.metadata.SnapshotLeadershipEncoder;
import kera.codec.metadata.SnapshotNodeEncoder;
import kera.codec.metadata.SnapshotStreamEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.jspecify.annotations.Nullable;

/** Writes a state as frames; equal states as equal bytes. The state machine's thread; owns its buffer. */
final class MetadataSnapshotWriter {
    static final int VERSION = 1;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();
    private final EventSink sink;
    private long messages;

    MetadataSnapshotWriter(EventSink sink) {
        this.sink = sink;
    }

    void write(MetadataState state) {
        begin(state);
        for (final NodeMetadata node : state.nodes()) {
            send(new SnapshotNodeEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .nodeId(node.id())
                    .incarnation(node.incarnation())
                    .name(node.name())
                    .limit());
        }
        for (final StreamMetadata stream : state.streams()) {
            stream(stream);
            leaderships(stream);
        }
        send(new SnapshotEndEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .messageCount(messages)
                .limit());
    }

    private void begin(MetadataState state) {
        final @Nullable UUID id = state.clusterId();
        send(new SnapshotBeginEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .snapshotVersion(VERSION)
                .founded(id == null ? 0 : 1)
                .clusterIdHigh(id == null ? 0 : id.getMostSignificantBits())
                .clusterIdLow(id == null ? 0 : id.getLeastSignificantBits())
                .nextStreamId(state.nextStreamId())
                .nextProducerId(state.nextProducerId())
                .limit());
    }

    private void stream(StreamMetadata stream) {
        final SnapshotStreamEncoder frame = new SnapshotStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(stream.id())
                .deleted((short) (stream.isDeleted() ? 1 : 0))
                .createdMs(stream.createdMs())
                .opened((short) (stream.isOpened() ? 1 : 0));
        send(StreamMessages.write(stream.definition(), frame).limit());
    }

    private void leaderships(StreamMetadata stream) {
        final int streamlets = stream.definition().streamlets();
        int first = 0;
        while (first < streamlets) {
            int end = first + 1;
            while (end < streamlets
                    && stream.leader(end) == stream.leader(first)
                    && stream.term(end) == stream.term(first)) {
                end++;
            }
            send(new SnapshotLeadershipEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .streamId(stream.id())
                    .firstStreamlet(first)
                    .streamletCount(end - first)
                    .leader(stream.leader(first))
                    .term(stream.term(first))
                    .limit());
            first = end;
        }
    }

    private void send(int limit) {
        sink.onEvent(buffer, 0, FrameSeal.seal(buffer, 0, limit, FrameSeal.NO_CORRELATION));
        messages++;
    }
}
