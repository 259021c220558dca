package io.kera.client.errors;

/** A stream of this name exists already. */
public final class StreamExistsException extends FatalException {
    private static final long serialVersionUID = 1L;

    StreamExistsException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
