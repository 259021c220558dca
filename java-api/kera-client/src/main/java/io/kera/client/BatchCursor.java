package io.kera.client;

import io.kera.wire.ChunkLayout;
import io.kera.wire.RecordLayout;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The way through the records of one batch, in place.
 *
 * <p>The consumer's thread. Borrows the batch, whose chunks the library has checked; what lies in the broker's own
 * memory only as far as their headers, so no record's length is followed out of its chunk.
 */
final class BatchCursor {
    private static final long NOTHING = 0;

    private final UnsafeBuffer batch = new UnsafeBuffer(NOTHING, 0);
    private final RecordView view = new RecordView(batch);
    private int chunkAt;
    private int chunkEnd;
    private int recordAt;
    private int recordsLeft;
    private long offset;
    private long firstOffset;
    private long timeMs;
    private boolean appendTimes;

    void wrap(long address, int bytes, long from, Assignment assignment) {
        batch.wrap(address, bytes);
        view.place(assignment.stream, assignment.streamlet);
        chunkAt = 0;
        chunkEnd = 0;
        recordsLeft = 0;
        firstOffset = from;
    }

    void release() {
        batch.wrap(NOTHING, 0);
        chunkEnd = 0;
        recordsLeft = 0;
    }

    RecordView view() {
        return view;
    }

    /** Of the record after the one in {@link #view()}. */
    long nextOffset() {
        return offset;
    }

    /** False: the batch is at its end. */
    boolean next() {
        for (; ; ) {
            if (recordsLeft == 0 && !enterChunk()) {
                return false;
            }
            final int at = recordAt;
            final long recordOffset = offset;
            final int bytes = batch.getInt(at);
            if (bytes < RecordLayout.HEADER_BYTES || bytes > chunkEnd - at) {
                final long end = recordOffset + recordsLeft;
                recordsLeft = 0;
                throw KeraException.of(ErrorCode.CORRUPT, "record_offset", end, recordOffset);
            }
            recordAt = at + bytes;
            offset = recordOffset + 1;
            recordsLeft--;
            if (recordOffset >= firstOffset) {
                final long time = appendTimes ? timeMs : timeMs + batch.getInt(at + RecordLayout.TIMESTAMP_DELTA_AT);
                view.wrap(at, recordOffset, time);
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
        offset = batch.getLong(chunkAt + ChunkLayout.BASE_OFFSET_AT);
        if (format != ChunkLayout.FORMAT_RECORDS || (attributes & ChunkLayout.CODEC_MASK) != 0) {
            offset += batch.getInt(chunkAt + ChunkLayout.RECORD_COUNT_AT);
            throw KeraException.of(ErrorCode.UNSUPPORTED, "chunk_format", ChunkLayout.FORMAT_RECORDS, format);
        }
        recordsLeft = batch.getInt(chunkAt + ChunkLayout.RECORD_COUNT_AT);
        recordAt = chunkAt + ChunkLayout.HEADER_BYTES;
        appendTimes = (batch.getShort(chunkAt + ChunkLayout.LEADER_FLAGS_AT) & ChunkLayout.APPEND_TIMES) != 0;
        timeMs = batch.getLong(chunkAt + (appendTimes ? ChunkLayout.APPEND_TIME_AT : ChunkLayout.FIRST_TIMESTAMP_AT));
        return recordsLeft > 0 || enterChunk();
    }
}
