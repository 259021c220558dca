package io.kera.client.errors;

/** The offset is deleted already, or not written yet. */
public final class OffsetOutOfRangeException extends FatalException {
    private static final long serialVersionUID = 1L;

    OffsetOutOfRangeException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
