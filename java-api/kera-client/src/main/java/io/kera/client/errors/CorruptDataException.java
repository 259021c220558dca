package io.kera.client.errors;

/** Data is damaged: a checksum, a count or a layout is wrong. */
public final class CorruptDataException extends FatalException {
    private static final long serialVersionUID = 1L;

    CorruptDataException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
