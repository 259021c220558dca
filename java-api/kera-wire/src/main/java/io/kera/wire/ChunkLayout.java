package io.kera.wire;

import kera.codec.chunk.ChunkHeaderDecoder;

/** Where the parts of a chunk's header lie (sbe-schemas/chunk.md). Constants out of the schema. */
public final class ChunkLayout {
    public static final int HEADER_BYTES = ChunkHeaderDecoder.ENCODED_LENGTH;
    public static final int BASE_OFFSET_AT = ChunkHeaderDecoder.baseOffsetEncodingOffset();
    public static final int APPEND_TIME_AT = ChunkHeaderDecoder.appendTimeMsEncodingOffset();
    public static final int LEADER_FLAGS_AT = ChunkHeaderDecoder.leaderFlagsEncodingOffset();
    public static final int FORMAT_AT = ChunkHeaderDecoder.payloadFormatEncodingOffset();
    public static final int ATTRIBUTES_AT = ChunkHeaderDecoder.attributesEncodingOffset();
    public static final int LENGTH_AT = ChunkHeaderDecoder.chunkLengthEncodingOffset();
    public static final int RECORD_COUNT_AT = ChunkHeaderDecoder.recordCountEncodingOffset();
    public static final int FIRST_TIMESTAMP_AT = ChunkHeaderDecoder.firstTimestampMsEncodingOffset();

    /** Leader flag: the records' time is that of the append. */
    public static final int APPEND_TIMES = 1;
    /** Bits of the attributes that name a compression. */
    public static final int CODEC_MASK = 0x7;
    /** Payload format: KerA's own records. */
    public static final int FORMAT_RECORDS = 1;

    private ChunkLayout() {}
}
