package io.kera.client.errors;

/** The broker, or this client, cannot do it now: memory, disk, a leader that moves, a shutdown. */
public final class BusyException extends RetriableException {
    private static final long serialVersionUID = 1L;

    BusyException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
