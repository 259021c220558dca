package io.kera.coordinator;

import io.kera.wire.FrameSeal;
import java.util.UUID;
import kera.codec.metadata.ClusterFoundedEncoder;
import kera.codec.metadata.CommandRefusedEncoder;
import kera.codec.metadata.FrameHeaderEncoder;
import kera.codec.metadata.LeadershipMovedEncoder;
import kera.codec.metadata.NodeRegisteredEncoder;
import kera.codec.metadata.ProducerIdsReservedEncoder;
import kera.codec.metadata.StreamAlteredEncoder;
import kera.codec.metadata.StreamCreatedEncoder;
import kera.codec.metadata.StreamDeletedEncoder;
import kera.codec.metadata.StreamForgottenEncoder;
import kera.codec.metadata.StreamOpenedNotedEncoder;
import org.agrona.ExpandableArrayBuffer;

/** Encodes events and hands them to a sink, one at a time. The state machine's thread; owns its buffer. */
final class MetadataEvents {
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(256);
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();
    private final EventSink sink;
    private long correlationId;

    MetadataEvents(EventSink sink) {
        this.sink = sink;
    }

    void answering(long correlation) {
        correlationId = correlation;
    }

    void refused(Refusal refusal, int templateId) {
        send(new CommandRefusedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .code(refusal.code())
                .templateId(templateId)
                .limitValue(refusal.limit())
                .value(refusal.value())
                .what(refusal.what())
                .limit());
    }

    void clusterFounded(UUID id) {
        send(new ClusterFoundedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .clusterIdHigh(id.getMostSignificantBits())
                .clusterIdLow(id.getLeastSignificantBits())
                .limit());
    }

    void nodeRegistered(NodeMetadata node) {
        send(new NodeRegisteredEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .nodeId(node.id())
                .incarnation(node.incarnation())
                .limit());
    }

    void streamCreated(long id) {
        send(new StreamCreatedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(id)
                .limit());
    }

    void streamAltered(long id) {
        send(new StreamAlteredEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(id)
                .limit());
    }

    void streamDeleted(long id) {
        send(new StreamDeletedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(id)
                .limit());
    }

    void streamOpenedNoted(long id) {
        send(new StreamOpenedNotedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(id)
                .limit());
    }

    void streamForgotten(long id) {
        send(new StreamForgottenEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(id)
                .limit());
    }

    void leadershipMoved(long id, int streamlet, int leader, int term) {
        send(new LeadershipMovedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(id)
                .streamletId(streamlet)
                .leader(leader)
                .term(term)
                .limit());
    }

    void producerIdsReserved(long first, int count) {
        send(new ProducerIdsReservedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .firstId(first)
                .idCount(count)
                .limit());
    }

    private void send(int limit) {
        sink.onEvent(buffer, 0, FrameSeal.seal(buffer, 0, limit, correlationId));
    }
}
