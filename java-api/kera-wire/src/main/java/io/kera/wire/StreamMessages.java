package io.kera.wire;

import kera.codec.client.AckLevel;
import kera.codec.client.AlterStreamDecoder;
import kera.codec.client.AlterStreamEncoder;
import kera.codec.client.CreateStreamDecoder;
import kera.codec.client.CreateStreamEncoder;
import kera.codec.client.StreamAnswerDecoder;
import kera.codec.control.OpenStreamEncoder;
import kera.codec.disk.StreamFileDecoder;
import kera.codec.metadata.SnapshotStreamDecoder;
import kera.codec.metadata.SnapshotStreamEncoder;

/**
 * Definitions of streams, and alterations, in messages of clients, control plane and metadata, and in files. Nobody
 * else reads or writes them field by field. Stateless.
 *
 * <p>Each message is one that is wrapped already. Reading it ends behind the name; writing sets all but the ids. A level
 * that is read is a number, known or not; one that is written must be known.
 */
public final class StreamMessages {
    private StreamMessages() {}

    public static StreamDefinition read(CreateStreamDecoder from) {
        return new StreamDefinition(
                from.streamlets(),
                from.lanes(),
                from.ackLevelMinRaw(),
                from.timestampType(),
                from.segmentBytesMax(),
                from.groupSegments(),
                from.retentionMs(),
                from.retentionBytes(),
                from.name());
    }

    public static StreamDefinition read(StreamAnswerDecoder from) {
        return new StreamDefinition(
                from.streamlets(),
                from.lanes(),
                from.ackLevelMinRaw(),
                from.timestampType(),
                from.segmentBytesMax(),
                from.groupSegments(),
                from.retentionMs(),
                from.retentionBytes(),
                from.name());
    }

    public static StreamDefinition read(kera.codec.metadata.CreateStreamDecoder from) {
        return new StreamDefinition(
                from.streamlets(),
                from.lanes(),
                from.ackLevelMinRaw(),
                from.timestampType(),
                from.segmentBytesMax(),
                from.groupSegments(),
                from.retentionMs(),
                from.retentionBytes(),
                from.name());
    }

    public static StreamDefinition read(SnapshotStreamDecoder from) {
        return new StreamDefinition(
                from.streamlets(),
                from.lanes(),
                from.ackLevelMinRaw(),
                from.timestampType(),
                from.segmentBytesMax(),
                from.groupSegments(),
                from.retentionMs(),
                from.retentionBytes(),
                from.name());
    }

    /** REQUIRES: both groups have been read. */
    public static StreamDefinition read(StreamFileDecoder from) {
        return new StreamDefinition(
                from.streamlets(),
                from.lanes(),
                from.ackLevelMinRaw(),
                from.timestampType(),
                from.segmentBytesMax(),
                from.groupSegments(),
                from.retentionMs(),
                from.retentionBytes(),
                from.name());
    }

    /** Versions before 3 have no streamlets. */
    public static StreamAlteration read(AlterStreamDecoder from) {
        final int streamlets = from.actingVersion() < AlterStreamDecoder.streamletsSinceVersion()
                ? StreamAlteration.STREAMLETS_UNCHANGED
                : from.streamlets();
        return new StreamAlteration(
                streamlets, from.lanes(), from.ackLevelMin(), from.retentionMs(), from.retentionBytes());
    }

    /** Versions before 3 have no streamlets. */
    public static StreamAlteration read(kera.codec.metadata.AlterStreamDecoder from) {
        final int streamlets = from.actingVersion() < kera.codec.metadata.AlterStreamDecoder.streamletsSinceVersion()
                ? StreamAlteration.STREAMLETS_UNCHANGED
                : from.streamlets();
        return new StreamAlteration(
                streamlets, from.lanes(), from.ackLevelMin(), from.retentionMs(), from.retentionBytes());
    }

    public static CreateStreamEncoder write(StreamDefinition stream, CreateStreamEncoder to) {
        return to.streamlets(stream.streamlets())
                .lanes(stream.lanes())
                .ackLevelMin(AckLevel.get((short) stream.ackLevelMin()))
                .timestampType((short) stream.timestampType())
                .segmentBytesMax(stream.segmentBytesMax())
                .groupSegments(stream.groupSegments())
                .retentionMs(stream.retentionMs())
                .retentionBytes(stream.retentionBytes())
                .name(stream.name());
    }

    public static OpenStreamEncoder write(StreamDefinition stream, OpenStreamEncoder to) {
        return to.streamlets(stream.streamlets())
                .lanes(stream.lanes())
                .ackLevelMin(kera.codec.control.AckLevel.get((short) stream.ackLevelMin()))
                .timestampType((short) stream.timestampType())
                .segmentBytesMax(stream.segmentBytesMax())
                .groupSegments(stream.groupSegments())
                .retentionMs(stream.retentionMs())
                .retentionBytes(stream.retentionBytes())
                .name(stream.name());
    }

    public static kera.codec.metadata.CreateStreamEncoder write(
            StreamDefinition stream, kera.codec.metadata.CreateStreamEncoder to) {
        return to.streamlets(stream.streamlets())
                .lanes(stream.lanes())
                .ackLevelMin(kera.codec.metadata.AckLevel.get((short) stream.ackLevelMin()))
                .timestampType((short) stream.timestampType())
                .segmentBytesMax(stream.segmentBytesMax())
                .groupSegments(stream.groupSegments())
                .retentionMs(stream.retentionMs())
                .retentionBytes(stream.retentionBytes())
                .name(stream.name());
    }

    public static SnapshotStreamEncoder write(StreamDefinition stream, SnapshotStreamEncoder to) {
        return to.streamlets(stream.streamlets())
                .lanes(stream.lanes())
                .ackLevelMin(kera.codec.metadata.AckLevel.get((short) stream.ackLevelMin()))
                .timestampType((short) stream.timestampType())
                .segmentBytesMax(stream.segmentBytesMax())
                .groupSegments(stream.groupSegments())
                .retentionMs(stream.retentionMs())
                .retentionBytes(stream.retentionBytes())
                .name(stream.name());
    }

    public static AlterStreamEncoder write(StreamAlteration change, AlterStreamEncoder to) {
        return to.lanes(change.lanes())
                .ackLevelMin((short) change.ackLevelMin())
                .retentionMs(change.retentionMs())
                .retentionBytes(change.retentionBytes())
                .streamlets(change.streamlets());
    }

    public static kera.codec.metadata.AlterStreamEncoder write(
            StreamAlteration change, kera.codec.metadata.AlterStreamEncoder to) {
        return to.lanes(change.lanes())
                .ackLevelMin((short) change.ackLevelMin())
                .retentionMs(change.retentionMs())
                .retentionBytes(change.retentionBytes())
                .streamlets(change.streamlets());
    }
}
