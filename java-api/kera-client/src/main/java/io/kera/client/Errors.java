package io.kera.client;

import io.kera.ffi.PlaceLayout;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Errors that arrive in messages of the loop instead of as exceptions. Stateless. */
final class Errors {
    private static final int TEXT_BYTES_MAX = 256;

    private Errors() {}

    /** Of a settled or refused place. */
    static KeraException read(DirectBuffer ring, int at) {
        return KeraException.of(
                        ErrorCode.of(ring.getInt(at + PlaceLayout.SETTLED_CODE)),
                        text(ring.getLong(at + PlaceLayout.SETTLED_WHAT)),
                        ring.getLong(at + PlaceLayout.SETTLED_LIMIT),
                        ring.getLong(at + PlaceLayout.SETTLED_VALUE))
                .becauseOf(ErrorCode.of(ring.getInt(at + PlaceLayout.SETTLED_CAUSE)));
    }

    /** The same error for another caller, with that caller's stack. */
    static KeraException again(KeraException why) {
        final KeraException copy = KeraException.of(why.code(), why.what(), why.limit(), why.value())
                .becauseOf(why.causeCode());
        copy.initCause(why);
        return copy;
    }

    /** A text of the library, which ends with a zero and lives for ever. */
    private static String text(long address) {
        if (address == 0) {
            return "";
        }
        final UnsafeBuffer bytes = new UnsafeBuffer(address, TEXT_BYTES_MAX);
        int length = 0;
        while (length < TEXT_BYTES_MAX && bytes.getByte(length) != 0) {
            length++;
        }
        final byte[] copy = new byte[length];
        bytes.getBytes(0, copy);
        return new String(copy, StandardCharsets.UTF_8);
    }
}
