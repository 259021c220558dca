package io.kera.client.errors;

/** There is no session with the broker at the moment. The client connects again by itself. */
public final class DisconnectedException extends RetriableException {
    private static final long serialVersionUID = 1L;

    DisconnectedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
