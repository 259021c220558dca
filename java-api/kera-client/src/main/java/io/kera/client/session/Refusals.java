package io.kera.client.session;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.ffi.NativeException;
import io.kera.ffi.SharedChunkLayout;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** From what the library refused, or this client itself, to the exceptions that users see. Stateless. */
public final class Refusals {
    private static final int TEXT_BYTES_MAX = 256;

    private Refusals() {}

    /** Of a call into the library. */
    public static KeraException of(NativeException refused) {
        final KeraException made =
                KeraException.of(ErrorCode.of(refused.code()), refused.what(), refused.limit(), refused.value());
        made.initCause(refused);
        return made;
    }

    public static KeraException closed(String what) {
        return KeraException.of(ErrorCode.CLOSED, what, 0, 0);
    }

    public static KeraException invalid(String what, long limit, long value) {
        return KeraException.of(ErrorCode.INVALID_ARGUMENT, what, limit, value);
    }

    /** Of a message of the loop that a chunk was settled with an error, or that one is refused. */
    public static KeraException read(DirectBuffer ring, int at) {
        return KeraException.of(
                ErrorCode.of(ring.getInt(at + SharedChunkLayout.SETTLED_CODE)),
                text(ring.getLong(at + SharedChunkLayout.SETTLED_WHAT)),
                ring.getLong(at + SharedChunkLayout.SETTLED_LIMIT),
                ring.getLong(at + SharedChunkLayout.SETTLED_VALUE),
                ErrorCode.of(ring.getInt(at + SharedChunkLayout.SETTLED_CAUSE)));
    }

    /** The same error for another caller, with that caller's stack. */
    public static KeraException again(KeraException why) {
        final KeraException copy = KeraException.of(why.code(), why.what(), why.limit(), why.value(), why.causeCode());
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
