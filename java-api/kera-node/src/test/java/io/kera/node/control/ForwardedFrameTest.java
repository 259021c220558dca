package io.kera.node.control;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.wire.FrameSeal;
import kera.codec.client.AckLevel;
import kera.codec.client.AlterStreamEncoder;
import kera.codec.client.CreateStreamEncoder;
import kera.codec.client.DeleteStreamEncoder;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.client.FrameHeaderEncoder;
import kera.codec.client.ListStreamsEncoder;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** A client's frame is read only when nothing in it points past its end. */
class ForwardedFrameTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1024]);
    private final FrameHeaderEncoder header = new FrameHeaderEncoder();

    private UnsafeBuffer frame(int limit) {
        return new UnsafeBuffer(buffer, 0, FrameSeal.seal(buffer, 0, limit, 1));
    }

    private UnsafeBuffer create() {
        return frame(new CreateStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(-1)
                .streamlets(1)
                .lanes(1)
                .ackLevelMin(AckLevel.LEADER)
                .name("clicks")
                .limit());
    }

    private UnsafeBuffer alter() {
        return frame(new AlterStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(1)
                .limit());
    }

    private UnsafeBuffer delete() {
        return frame(new DeleteStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(1)
                .limit());
    }

    private static void setBlockLength(MutableDirectBuffer frame, int bytes) {
        new FrameHeaderEncoder().wrap(frame, 0).blockLength(bytes);
    }

    @Test
    void takesWhatIsWhole() {
        assertTrue(StreamRequests.isWhole(create()));
        assertTrue(StreamRequests.isWhole(alter()));
        assertTrue(StreamRequests.isWhole(delete()));
        assertTrue(
                StreamRequests.isWhole(frame(new ListStreamsEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .limit())),
                "others are refused by their template");
    }

    @Test
    void refusesBlocksShorterThanTheirFields() {
        for (final UnsafeBuffer frame : new UnsafeBuffer[] {create(), alter(), delete()}) {
            final int bytes = new FrameHeaderDecoder().wrap(frame, 0).blockLength();
            setBlockLength(frame, bytes - 1);
            assertFalse(StreamRequests.isWhole(frame));
            setBlockLength(frame, 0);
            assertFalse(StreamRequests.isWhole(frame));
        }
    }

    @Test
    void takesAnAlterationOfBeforeThereWereStreamletsInIt() {
        final UnsafeBuffer frame = alter();
        setBlockLength(frame, AlterStreamEncoder.streamletsEncodingOffset());
        assertFalse(StreamRequests.isWhole(frame));
        new FrameHeaderEncoder().wrap(frame, 0).version(2);
        assertTrue(StreamRequests.isWhole(frame));
        setBlockLength(frame, AlterStreamEncoder.streamletsEncodingOffset() - 1);
        assertFalse(StreamRequests.isWhole(frame));
    }

    @Test
    void refusesBlocksAndTextsThatEndBehindTheFrame() {
        final UnsafeBuffer frame = create();
        final int block = new FrameHeaderDecoder().wrap(frame, 0).blockLength();
        final int text = FrameSeal.HEADER_BYTES + block;
        frame.putShort(text, (short) (frame.capacity() - text - Short.BYTES));
        assertTrue(StreamRequests.isWhole(frame), "up to its last byte");
        frame.putShort(text, (short) (frame.capacity() - text - Short.BYTES + 1));
        assertFalse(StreamRequests.isWhole(frame));
        frame.putShort(text, (short) 0xFFFF);
        assertFalse(StreamRequests.isWhole(frame), "lengths have no sign");
        setBlockLength(frame, frame.capacity() - FrameSeal.HEADER_BYTES - 1);
        assertFalse(StreamRequests.isWhole(frame), "there is no room for the text's length");
        setBlockLength(frame, frame.capacity() - FrameSeal.HEADER_BYTES + 1);
        assertFalse(StreamRequests.isWhole(frame));
    }

    @Test
    void refusesWhatIsNoFrameOfAClient() {
        assertFalse(StreamRequests.isWhole(new UnsafeBuffer(new byte[0])));
        assertFalse(StreamRequests.isWhole(new UnsafeBuffer(new byte[FrameSeal.HEADER_BYTES - 8])));
        final UnsafeBuffer otherVersion = create();
        new FrameHeaderEncoder().wrap(otherVersion, 0).version(0);
        assertFalse(StreamRequests.isWhole(otherVersion));
        final UnsafeBuffer otherSchema = create();
        new FrameHeaderEncoder().wrap(otherSchema, 0).schemaId(99);
        assertFalse(StreamRequests.isWhole(otherSchema));
        final UnsafeBuffer whole = create();
        assertFalse(StreamRequests.isWhole(new UnsafeBuffer(whole, 0, whole.capacity() - 8)));
    }
}
