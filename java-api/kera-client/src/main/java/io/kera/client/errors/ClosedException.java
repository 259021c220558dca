package io.kera.client.errors;

/** The client, producer or consumer is closed. */
public final class ClosedException extends FatalException {
    private static final long serialVersionUID = 1L;

    ClosedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
