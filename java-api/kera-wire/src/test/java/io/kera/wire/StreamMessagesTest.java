package io.kera.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import kera.codec.client.AlterStreamDecoder;
import kera.codec.client.AlterStreamEncoder;
import kera.codec.client.CreateStreamDecoder;
import kera.codec.client.CreateStreamEncoder;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.client.FrameHeaderEncoder;
import kera.codec.client.StreamAnswerDecoder;
import kera.codec.control.OpenStreamEncoder;
import kera.codec.metadata.SnapshotStreamDecoder;
import kera.codec.metadata.SnapshotStreamEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamMessagesTest {
    private static final StreamDefinition CLICKS =
            new StreamDefinition(65_534, 64, 3, 1, 256 << 20, 1_024, Long.MAX_VALUE, 5, "clicks");
    private static final StreamAlteration CHANGE = new StreamAlteration(5, 9, 255, -2, 7);

    private final ExpandableArrayBuffer frame = new ExpandableArrayBuffer();
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();
    private final FrameHeaderDecoder headerRead = new FrameHeaderDecoder();

    @Test
    void readsWhatItWritesForClients() {
        StreamMessages.write(CLICKS, new CreateStreamEncoder().wrapAndApplyHeader(frame, 0, header));
        assertEquals(CLICKS, StreamMessages.read(new CreateStreamDecoder().wrapAndApplyHeader(frame, 0, headerRead)));
        StreamMessages.write(CHANGE, new AlterStreamEncoder().wrapAndApplyHeader(frame, 0, header));
        assertEquals(CHANGE, StreamMessages.read(new AlterStreamDecoder().wrapAndApplyHeader(frame, 0, headerRead)));
    }

    @Test
    void readsWhatItWritesForTheMetadata() {
        final kera.codec.metadata.FrameHeaderEncoder write = new kera.codec.metadata.FrameHeaderEncoder();
        final kera.codec.metadata.FrameHeaderDecoder read = new kera.codec.metadata.FrameHeaderDecoder();
        StreamMessages.write(CLICKS, new kera.codec.metadata.CreateStreamEncoder().wrapAndApplyHeader(frame, 0, write));
        assertEquals(
                CLICKS,
                StreamMessages.read(new kera.codec.metadata.CreateStreamDecoder().wrapAndApplyHeader(frame, 0, read)));
        StreamMessages.write(CLICKS, new SnapshotStreamEncoder().wrapAndApplyHeader(frame, 0, write));
        assertEquals(CLICKS, StreamMessages.read(new SnapshotStreamDecoder().wrapAndApplyHeader(frame, 0, read)));
        StreamMessages.write(CHANGE, new kera.codec.metadata.AlterStreamEncoder().wrapAndApplyHeader(frame, 0, write));
        assertEquals(
                CHANGE,
                StreamMessages.read(new kera.codec.metadata.AlterStreamDecoder().wrapAndApplyHeader(frame, 0, read)));
    }

    /** The core's answer about a stream has the block of the command that opens it. */
    @Test
    void readsOfTheCoreWhatItTellsTheCore() {
        final OpenStreamEncoder opened = StreamMessages.write(
                CLICKS,
                new OpenStreamEncoder().wrapAndApplyHeader(frame, 0, new kera.codec.control.FrameHeaderEncoder()));
        assertEquals(StreamAnswerDecoder.BLOCK_LENGTH, opened.sbeBlockLength());
        final StreamAnswerDecoder answer = new StreamAnswerDecoder()
                .wrap(frame, FrameSeal.HEADER_BYTES, opened.sbeBlockLength(), StreamAnswerDecoder.SCHEMA_VERSION);
        assertEquals(CLICKS, StreamMessages.read(answer));
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 254})
    void readsALevelThatItDoesNotKnowAndWritesNone(int level) {
        final StreamDefinition newer = new StreamDefinition(1, 1, level, 0, 0, 0, -1, -1, "newer");
        final CreateStreamEncoder to = new CreateStreamEncoder().wrapAndApplyHeader(frame, 0, header);
        StreamMessages.write(StreamDefinition.named("newer"), to);
        frame.putByte(FrameSeal.HEADER_BYTES + CreateStreamEncoder.ackLevelMinEncodingOffset(), (byte) level);
        assertEquals(newer, StreamMessages.read(new CreateStreamDecoder().wrapAndApplyHeader(frame, 0, headerRead)));
        assertThrows(IllegalArgumentException.class, () -> StreamMessages.write(newer, to));
    }
}
