package io.kera.client.errors;

/** The broker, or this client, cannot do it now: its memory or disk is full, the leader changes, or it shuts down. */
public final class BusyException extends RetriableException {
    private static final long serialVersionUID = 1L;

    BusyException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
