package io.kera.client.errors;

/** There is a stream of that name already. */
public final class StreamExistsException extends FatalException {
    private static final long serialVersionUID = 1L;

    StreamExistsException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
