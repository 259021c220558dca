package io.kera.client.errors;

/** There is no such stream. */
public final class UnknownStreamException extends FatalException {
    private static final long serialVersionUID = 1L;

    UnknownStreamException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
