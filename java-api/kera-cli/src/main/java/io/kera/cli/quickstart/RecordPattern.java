package io.kera.cli.quickstart;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * The bytes of a record, which follow from its offset alone: whoever reads it back knows every one of them. Stateless.
 */
final class RecordPattern {
    static final int BYTES = 1024;
    private static final long STEP = 0x9E3779B97F4A7C15L;

    private RecordPattern() {}

    static void write(MutableDirectBuffer buffer, int at, long offset) {
        long word = first(offset);
        for (int i = 0; i < BYTES; i += Long.BYTES) {
            buffer.putLong(at + i, word);
            word += STEP;
        }
    }

    /** Whether it is that record and no other, to the last byte. */
    static boolean is(DirectBuffer buffer, int at, int length, long offset) {
        if (length != BYTES) {
            return false;
        }
        long word = first(offset);
        long difference = 0;
        for (int i = 0; i < BYTES; i += Long.BYTES) {
            difference |= buffer.getLong(at + i) ^ word;
            word += STEP;
        }
        return difference == 0;
    }

    private static long first(long offset) {
        final long mixed = (offset ^ (offset >>> 31)) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 29);
    }
}
