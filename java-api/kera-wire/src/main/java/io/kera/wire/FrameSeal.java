package io.kera.wire;

import kera.codec.client.FrameHeaderDecoder;
import kera.codec.client.FrameHeaderEncoder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Ends a frame whose message has been encoded: zeros up to a multiple of 8, then the header's fields that SBE leaves
 * alone. The header has the same layout in every schema. Any thread; owns nothing.
 */
public final class FrameSeal {
    /** Correlation id of what nobody asked for. */
    public static final long NO_CORRELATION = -1;

    /** Bytes of a frame's header. */
    public static final int HEADER_BYTES = FrameHeaderDecoder.ENCODED_LENGTH;

    private static final int ALIGNMENT = 8;

    private FrameSeal() {}

    /** Seals what was encoded from {@code offset} up to {@code limit}; returns the frame's length. */
    public static int seal(MutableDirectBuffer frame, int offset, int limit, long correlationId) {
        final int length = BitUtil.align(limit - offset, ALIGNMENT);
        frame.setMemory(limit, offset + length - limit, (byte) 0);
        new FrameHeaderEncoder()
                .wrap(frame, offset)
                .length(length)
                .flags(0)
                .reserved(0)
                .correlationId(correlationId);
        return length;
    }

    /** Whether a frame of this schema, with its whole header and block, fills these bytes. */
    public static boolean isFrame(DirectBuffer frame, int offset, int length, int schemaId) {
        if (length < HEADER_BYTES || length % ALIGNMENT != 0) {
            return false;
        }
        final FrameHeaderDecoder header = new FrameHeaderDecoder().wrap(frame, offset);
        return header.length() == length
                && header.schemaId() == schemaId
                && HEADER_BYTES + header.blockLength() <= length;
    }
}
