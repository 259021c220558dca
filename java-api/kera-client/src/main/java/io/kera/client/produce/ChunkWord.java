package io.kera.client.produce;

import io.kera.ffi.SharedChunkLayout;
import io.kera.wire.ChunkLayout;

/**
 * The word of a shared chunk to which many threads add records: what is reserved, in parts (kera_shared_producer.h).
 *
 * <p>Stateless. The generation makes a word of one opening differ from those of the openings before and after it. So a
 * thread that slept between reading and changing a word cannot change a later one: while it slept, the same chunk would
 * have to be opened 2^27 times.
 */
final class ChunkWord {
    private static final int RECORDS_SHIFT = Long.numberOfTrailingZeros(SharedChunkLayout.ONE_RESERVED);

    /** So that {@link #records} holds it. */
    static final int RECORDS_MAX = (int) (SharedChunkLayout.ONE_GENERATION / SharedChunkLayout.ONE_RESERVED) - 1;
    /** So that {@link #bytes} holds it. */
    static final int BYTES_MAX = ((int) SharedChunkLayout.ONE_RESERVED - 1) * SharedChunkLayout.UNIT_BYTES;

    static final int GENERATION_MAX = (int) (Long.MAX_VALUE / SharedChunkLayout.ONE_GENERATION);

    private ChunkWord() {}

    /** Nothing is reserved yet. */
    static long empty(int generation) {
        return generation * SharedChunkLayout.ONE_GENERATION + ChunkLayout.HEADER_BYTES / SharedChunkLayout.UNIT_BYTES;
    }

    static long with(long word, int recordBytes) {
        return word + SharedChunkLayout.ONE_RESERVED + recordBytes / SharedChunkLayout.UNIT_BYTES;
    }

    static long closed(long word) {
        return word | SharedChunkLayout.CLOSED;
    }

    static boolean isClosed(long word) {
        return word < 0;
    }

    static int bytes(long word) {
        return (int) (word & (SharedChunkLayout.ONE_RESERVED - 1)) * SharedChunkLayout.UNIT_BYTES;
    }

    static int records(long word) {
        return (int) (word >>> RECORDS_SHIFT) & RECORDS_MAX;
    }

    /** Whether both are of one opening. */
    static boolean isSameOpening(long word, long other) {
        return ((word ^ other) & ~SharedChunkLayout.CLOSED) < SharedChunkLayout.ONE_GENERATION;
    }

    /** Of what is committed, without spoilt records. */
    static int committedBytes(long committed) {
        return (int) (committed & (SharedChunkLayout.ONE_SPOILT - 1));
    }
}
