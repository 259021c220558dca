package io.kera.client.errors;

/** The offset is not there: not any more, or not yet. */
public final class OffsetOutOfRangeException extends FatalException {
    private static final long serialVersionUID = 1L;

    OffsetOutOfRangeException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
