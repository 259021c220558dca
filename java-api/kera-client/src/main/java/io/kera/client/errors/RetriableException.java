package io.kera.client.errors;

/** The same call may succeed later. */
public abstract sealed class RetriableException extends KeraException
        permits BufferExhaustedException, TimedOutException, DisconnectedException, BusyException {
    private static final long serialVersionUID = 1L;

    RetriableException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
