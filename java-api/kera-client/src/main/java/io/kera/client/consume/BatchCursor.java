package io.kera.client.consume;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.wire.ChunkLayout;
import io.kera.wire.RecordLayout;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The way through the records of one batch, in place.
 *
 * <p>The consumer's thread. Borrows the batch, whose chunks the library has checked; what lies in the broker's own
 * memory only as far as their headers, so no record's length is followed out of its chunk.
 */
public final class BatchCursor {
    private static final long NOTHING = 0;

    private final UnsafeBuffer batch = new UnsafeBuffer(NOTHING, 0);
    private String stream = "";
    private int streamlet;
    private int chunkAt;
    private int chunkEnd;
    private int nextAt;
    private int recordsLeft;
    private long nextOffset;
    private long firstOffset;
    private long timeMs;
    private boolean appendTimes;

    private int recordAt;
    private long offset;
    private long timestampMs;
    private int valueAt;

    /** Before the first record of a batch, whose records below {@code from} are passed over. */
    public void wrap(long address, int bytes, long from, AssignedStreamlet of) {
        batch.wrap(address, bytes);
        stream = of.stream();
        streamlet = of.streamlet();
        chunkAt = 0;
        chunkEnd = 0;
        recordsLeft = 0;
        firstOffset = from;
    }

    /** The batch is given back. */
    public void release() {
        batch.wrap(NOTHING, 0);
        chunkEnd = 0;
        recordsLeft = 0;
    }

    /** Of the record after the one that it is at. */
    public long nextOffset() {
        return nextOffset;
    }

    public String stream() {
        return stream;
    }

    public int streamlet() {
        return streamlet;
    }

    /** The batch; positions are indexes into it. */
    public DirectBuffer batch() {
        return batch;
    }

    /** Where the record begins. */
    public int recordAt() {
        return recordAt;
    }

    public long offset() {
        return offset;
    }

    /** Milliseconds since 1970. */
    public long timestampMs() {
        return timestampMs;
    }

    /** Where the record's keys end, and its headers begin. */
    public int headersAt() {
        int at = recordAt + RecordLayout.HEADER_BYTES;
        for (int left = batch.getByte(recordAt + RecordLayout.KEY_COUNT_AT) & 0xFF; left > 0; left--) {
            at = RecordLayout.afterKey(batch, at);
        }
        return at;
    }

    /** Where the record's value begins. */
    public int valueAt() {
        int at = valueAt;
        if (at < 0) {
            at = headersAt();
            for (int left = batch.getShort(recordAt + RecordLayout.FIELD_COUNT_AT) & 0xFFFF; left > 0; left--) {
                at = RecordLayout.afterField(batch, at);
            }
            valueAt = at;
        }
        return at;
    }

    /** Goes to the next record. False: the batch is at its end. */
    public boolean next() {
        for (; ; ) {
            if (recordsLeft == 0 && !enterChunk()) {
                return false;
            }
            final int at = nextAt;
            final long atOffset = nextOffset;
            final int bytes = batch.getInt(at);
            if (bytes < RecordLayout.HEADER_BYTES || bytes > chunkEnd - at) {
                final long end = atOffset + recordsLeft;
                recordsLeft = 0;
                throw KeraException.of(ErrorCode.CORRUPT, "record_offset", end, atOffset);
            }
            nextAt = at + bytes;
            nextOffset = atOffset + 1;
            recordsLeft--;
            if (atOffset >= firstOffset) {
                recordAt = at;
                offset = atOffset;
                timestampMs = appendTimes ? timeMs : timeMs + batch.getInt(at + RecordLayout.TIMESTAMP_DELTA_AT);
                valueAt = -1;
                return true;
            }
        }
    }

    private boolean enterChunk() {
        chunkAt = chunkEnd;
        if (chunkAt >= batch.capacity()) {
            return false;
        }
        chunkEnd = chunkAt + batch.getInt(chunkAt + ChunkLayout.LENGTH_AT);
        final int attributes = batch.getShort(chunkAt + ChunkLayout.ATTRIBUTES_AT);
        final int format = batch.getByte(chunkAt + ChunkLayout.FORMAT_AT);
        nextOffset = batch.getLong(chunkAt + ChunkLayout.BASE_OFFSET_AT);
        if (format != ChunkLayout.FORMAT_RECORDS || (attributes & ChunkLayout.CODEC_MASK) != 0) {
            nextOffset += batch.getInt(chunkAt + ChunkLayout.RECORD_COUNT_AT);
            throw KeraException.of(ErrorCode.UNSUPPORTED, "chunk_format", ChunkLayout.FORMAT_RECORDS, format);
        }
        recordsLeft = batch.getInt(chunkAt + ChunkLayout.RECORD_COUNT_AT);
        nextAt = chunkAt + ChunkLayout.HEADER_BYTES;
        appendTimes = (batch.getShort(chunkAt + ChunkLayout.LEADER_FLAGS_AT) & ChunkLayout.APPEND_TIMES) != 0;
        timeMs = batch.getLong(chunkAt + (appendTimes ? ChunkLayout.APPEND_TIME_AT : ChunkLayout.FIRST_TIMESTAMP_AT));
        return recordsLeft > 0 || enterChunk();
    }
}
