package io.kera.cli.dump;

import io.kera.cli.console.JsonObject;
import io.kera.coordinator.MetadataCommands;
import io.kera.wire.FrameSeal;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.util.Locale;
import java.util.UUID;
import kera.codec.metadata.AckLevel;
import kera.codec.metadata.AlterStreamDecoder;
import kera.codec.metadata.CreateStreamDecoder;
import kera.codec.metadata.DeleteStreamDecoder;
import kera.codec.metadata.ForgetStreamDecoder;
import kera.codec.metadata.FoundClusterDecoder;
import kera.codec.metadata.FrameHeaderDecoder;
import kera.codec.metadata.MoveLeadershipDecoder;
import kera.codec.metadata.NoteStreamOpenedDecoder;
import kera.codec.metadata.RegisterNodeDecoder;
import kera.codec.metadata.ReserveProducerIdsDecoder;
import kera.codec.metadata.SnapshotBeginDecoder;
import kera.codec.metadata.SnapshotEndDecoder;
import kera.codec.metadata.SnapshotLeadershipDecoder;
import kera.codec.metadata.SnapshotNodeDecoder;
import kera.codec.metadata.SnapshotStreamDecoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A command, or a part of a snapshot, with its fields under their names of the schema. One thread; one message. */
final class MetadataMessage {
    private final JsonObject facts = new JsonObject();
    private final StringBuilder text = new StringBuilder();
    private String name = "";

    private MetadataMessage() {}

    /** Whatever the bytes: what cannot be read is shown as such. */
    static MetadataMessage of(DirectBuffer buffer, int offset, int length) {
        final MetadataMessage message = new MetadataMessage();
        if (!FrameSeal.isFrame(buffer, offset, length, FrameHeaderDecoder.SCHEMA_ID)) {
            return message.named("Unreadable").put("frameBytes", length);
        }
        final DirectBuffer frame = new UnsafeBuffer(buffer, offset, length);
        final FrameHeaderDecoder header = new FrameHeaderDecoder().wrap(frame, 0);
        try {
            return message.read(frame, header);
        } catch (IndexOutOfBoundsException e) {
            return new MetadataMessage()
                    .named("Unreadable")
                    .put("templateId", header.templateId())
                    .put("frameBytes", length);
        }
    }

    String name() {
        return name;
    }

    JsonObject facts() {
        return facts;
    }

    String text() {
        return text.isEmpty() ? name : name + ": " + text;
    }

    private MetadataMessage read(DirectBuffer frame, FrameHeaderDecoder header) {
        return switch (header.templateId()) {
            case FoundClusterDecoder.TEMPLATE_ID ->
                found(new FoundClusterDecoder().wrapAndApplyHeader(frame, 0, header));
            case RegisterNodeDecoder.TEMPLATE_ID ->
                register(new RegisterNodeDecoder().wrapAndApplyHeader(frame, 0, header));
            case CreateStreamDecoder.TEMPLATE_ID ->
                create(new CreateStreamDecoder().wrapAndApplyHeader(frame, 0, header));
            case AlterStreamDecoder.TEMPLATE_ID -> alter(new AlterStreamDecoder().wrapAndApplyHeader(frame, 0, header));
            case DeleteStreamDecoder.TEMPLATE_ID ->
                named("DeleteStream")
                        .put(
                                "streamId",
                                new DeleteStreamDecoder()
                                        .wrapAndApplyHeader(frame, 0, header)
                                        .streamId());
            case ForgetStreamDecoder.TEMPLATE_ID ->
                named("ForgetStream")
                        .put(
                                "streamId",
                                new ForgetStreamDecoder()
                                        .wrapAndApplyHeader(frame, 0, header)
                                        .streamId());
            case NoteStreamOpenedDecoder.TEMPLATE_ID ->
                named("NoteStreamOpened")
                        .put(
                                "streamId",
                                new NoteStreamOpenedDecoder()
                                        .wrapAndApplyHeader(frame, 0, header)
                                        .streamId());
            case MoveLeadershipDecoder.TEMPLATE_ID ->
                move(new MoveLeadershipDecoder().wrapAndApplyHeader(frame, 0, header));
            case ReserveProducerIdsDecoder.TEMPLATE_ID ->
                reserve(new ReserveProducerIdsDecoder().wrapAndApplyHeader(frame, 0, header));
            default -> readSnapshot(frame, header);
        };
    }

    private MetadataMessage readSnapshot(DirectBuffer frame, FrameHeaderDecoder header) {
        return switch (header.templateId()) {
            case SnapshotBeginDecoder.TEMPLATE_ID ->
                begin(new SnapshotBeginDecoder().wrapAndApplyHeader(frame, 0, header));
            case SnapshotNodeDecoder.TEMPLATE_ID ->
                node(new SnapshotNodeDecoder().wrapAndApplyHeader(frame, 0, header));
            case SnapshotStreamDecoder.TEMPLATE_ID ->
                stream(new SnapshotStreamDecoder().wrapAndApplyHeader(frame, 0, header));
            case SnapshotLeadershipDecoder.TEMPLATE_ID ->
                leadership(new SnapshotLeadershipDecoder().wrapAndApplyHeader(frame, 0, header));
            case SnapshotEndDecoder.TEMPLATE_ID ->
                named("SnapshotEnd")
                        .put(
                                "messageCount",
                                new SnapshotEndDecoder()
                                        .wrapAndApplyHeader(frame, 0, header)
                                        .messageCount());
            default -> named("Unknown").put("templateId", header.templateId());
        };
    }

    private MetadataMessage found(FoundClusterDecoder command) {
        return named("FoundCluster")
                .put("clusterId", new UUID(command.clusterIdHigh(), command.clusterIdLow()).toString());
    }

    private MetadataMessage register(RegisterNodeDecoder command) {
        return named("RegisterNode").put("nodeId", command.nodeId()).put("name", command.name());
    }

    private MetadataMessage create(CreateStreamDecoder command) {
        named("CreateStream");
        if (command.streamId() != MetadataCommands.ANY_STREAM) {
            put("streamId", command.streamId());
        }
        final StreamDefinition stream = StreamMessages.read(command);
        return put("streamlets", stream.streamlets())
                .put("leader", command.leader())
                .putSettings(stream)
                .put("name", stream.name());
    }

    /** All but the streamlets. */
    private MetadataMessage putSettings(StreamDefinition stream) {
        return put("lanes", stream.lanes())
                .put("ackLevelMin", ackLevel(stream.ackLevelMin()))
                .put("timestampType", stream.timestampType())
                .put("segmentBytesMax", stream.segmentBytesMax())
                .put("groupSegments", stream.groupSegments())
                .put("retentionMs", stream.retentionMs())
                .put("retentionBytes", stream.retentionBytes());
    }

    /** Only what it changes. */
    private MetadataMessage alter(AlterStreamDecoder command) {
        named("AlterStream").put("streamId", command.streamId());
        final StreamAlteration change = StreamMessages.read(command);
        if (change.streamlets() != StreamAlteration.STREAMLETS_UNCHANGED) {
            put("streamlets", change.streamlets());
        }
        if (change.lanes() != StreamAlteration.LANES_UNCHANGED) {
            put("lanes", change.lanes());
        }
        if (change.ackLevelMin() != StreamAlteration.ACK_UNCHANGED) {
            put("ackLevelMin", ackLevel(change.ackLevelMin()));
        }
        if (change.retentionMs() != StreamAlteration.RETENTION_UNCHANGED) {
            put("retentionMs", change.retentionMs());
        }
        if (change.retentionBytes() != StreamAlteration.RETENTION_UNCHANGED) {
            put("retentionBytes", change.retentionBytes());
        }
        return this;
    }

    private MetadataMessage move(MoveLeadershipDecoder command) {
        return named("MoveLeadership")
                .put("streamId", command.streamId())
                .put("streamletId", command.streamletId())
                .put("leader", command.leader());
    }

    private MetadataMessage reserve(ReserveProducerIdsDecoder command) {
        return named("ReserveProducerIds")
                .put("firstIdMin", command.firstIdMin())
                .put("idCount", command.idCount());
    }

    private MetadataMessage begin(SnapshotBeginDecoder begin) {
        named("SnapshotBegin").put("snapshotVersion", begin.snapshotVersion());
        if (begin.founded() != 0) {
            put("clusterId", new UUID(begin.clusterIdHigh(), begin.clusterIdLow()).toString());
        }
        return put("nextStreamId", begin.nextStreamId()).put("nextProducerId", begin.nextProducerId());
    }

    private MetadataMessage node(SnapshotNodeDecoder node) {
        return named("SnapshotNode")
                .put("nodeId", node.nodeId())
                .put("incarnation", node.incarnation())
                .put("name", node.name());
    }

    private MetadataMessage stream(SnapshotStreamDecoder stream) {
        final StreamDefinition definition = StreamMessages.read(stream);
        return named("SnapshotStream")
                .put("streamId", stream.streamId())
                .put("streamlets", definition.streamlets())
                .put("deleted", stream.deleted())
                .put("opened", stream.opened())
                .putSettings(definition)
                .put("createdMs", stream.createdMs())
                .put("name", definition.name());
    }

    private MetadataMessage leadership(SnapshotLeadershipDecoder run) {
        return named("SnapshotLeadership")
                .put("streamId", run.streamId())
                .put("firstStreamlet", run.firstStreamlet())
                .put("streamletCount", run.streamletCount())
                .put("leader", run.leader())
                .put("term", run.term());
    }

    private static String ackLevel(int level) {
        return level < AckLevel.NONE.value() || level > AckLevel.DISK.value()
                ? String.valueOf(level)
                : AckLevel.get((short) level).name().toLowerCase(Locale.ROOT);
    }

    private MetadataMessage named(String given) {
        name = given;
        return this;
    }

    private MetadataMessage put(String field, long value) {
        facts.put(field, value);
        text.append(text.isEmpty() ? "" : ", ").append(field).append(' ').append(value);
        return this;
    }

    private MetadataMessage put(String field, String value) {
        facts.put(field, value);
        final String shown = value.replaceAll("\\p{Cntrl}", "?");
        text.append(text.isEmpty() ? "" : ", ").append(field);
        text.append(" \"").append(shown).append('"');
        return this;
    }
}
