package io.kera.cli.quickstart;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecordPatternTest {
    private static final int AT = 8;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[AT + RecordPattern.BYTES]);

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 255, 1L << 40})
    void knowsItsRecord(long offset) {
        RecordPattern.write(buffer, AT, offset);
        assertTrue(RecordPattern.is(buffer, AT, RecordPattern.BYTES, offset));
        assertFalse(RecordPattern.is(buffer, AT, RecordPattern.BYTES, offset + 1));
        assertFalse(RecordPattern.is(buffer, AT, RecordPattern.BYTES - 8, offset));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 7, 511, RecordPattern.BYTES - 1})
    void missesASingleBit(int at) {
        RecordPattern.write(buffer, AT, 5);
        buffer.putByte(AT + at, (byte) (buffer.getByte(AT + at) ^ 4));
        assertFalse(RecordPattern.is(buffer, AT, RecordPattern.BYTES, 5));
    }
}
