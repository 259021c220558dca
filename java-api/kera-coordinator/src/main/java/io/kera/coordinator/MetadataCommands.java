package io.kera.coordinator;

import io.kera.wire.FrameSeal;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.util.UUID;
import kera.codec.metadata.AlterStreamEncoder;
import kera.codec.metadata.CreateStreamEncoder;
import kera.codec.metadata.DeleteStreamEncoder;
import kera.codec.metadata.ForgetStreamEncoder;
import kera.codec.metadata.FoundClusterEncoder;
import kera.codec.metadata.FrameHeaderEncoder;
import kera.codec.metadata.MoveLeadershipEncoder;
import kera.codec.metadata.NoteStreamOpenedEncoder;
import kera.codec.metadata.RegisterNodeEncoder;
import kera.codec.metadata.ReserveProducerIdsEncoder;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Encodes commands for a {@link ConsensusLog}. One thread; the frame lies in {@link #buffer()} until the next call,
 * which returns its length.
 */
public final class MetadataCommands {
    /** Lets the coordinator choose a stream's id. */
    public static final long ANY_STREAM = -1;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(512);
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();

    public DirectBuffer buffer() {
        return buffer;
    }

    public int foundCluster(long correlationId, UUID id) {
        return seal(
                correlationId,
                new FoundClusterEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .clusterIdHigh(id.getMostSignificantBits())
                        .clusterIdLow(id.getLeastSignificantBits())
                        .limit());
    }

    public int registerNode(long correlationId, int nodeId, String name) {
        return seal(
                correlationId,
                new RegisterNodeEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .nodeId(nodeId)
                        .name(name)
                        .limit());
    }

    /** {@code stream.ackLevelMin()} must be a level; everything else is checked by the state machine. */
    public int createStream(long correlationId, long streamId, int leader, StreamDefinition stream) {
        final CreateStreamEncoder frame = new CreateStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(streamId)
                .leader(leader);
        return seal(correlationId, StreamMessages.write(stream, frame).limit());
    }

    public int alterStream(long correlationId, long streamId, StreamAlteration change) {
        final AlterStreamEncoder frame =
                new AlterStreamEncoder().wrapAndApplyHeader(buffer, 0, header).streamId(streamId);
        return seal(correlationId, StreamMessages.write(change, frame).limit());
    }

    public int deleteStream(long correlationId, long streamId) {
        return seal(
                correlationId,
                new DeleteStreamEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .streamId(streamId)
                        .limit());
    }

    public int forgetStream(long correlationId, long streamId) {
        return seal(
                correlationId,
                new ForgetStreamEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .streamId(streamId)
                        .limit());
    }

    public int noteStreamOpened(long correlationId, long streamId) {
        return seal(
                correlationId,
                new NoteStreamOpenedEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .streamId(streamId)
                        .limit());
    }

    public int moveLeadership(long correlationId, long streamId, int streamlet, int leader) {
        return seal(
                correlationId,
                new MoveLeadershipEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .streamId(streamId)
                        .streamletId(streamlet)
                        .leader(leader)
                        .limit());
    }

    public int reserveProducerIds(long correlationId, long firstIdMin, int count) {
        return seal(
                correlationId,
                new ReserveProducerIdsEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .firstIdMin(firstIdMin)
                        .idCount(count)
                        .limit());
    }

    private int seal(long correlationId, int limit) {
        return FrameSeal.seal(buffer, 0, limit, correlationId);
    }
}
