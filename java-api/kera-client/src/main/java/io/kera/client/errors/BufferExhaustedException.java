package io.kera.client.errors;

/** The memory of a producer is full, and stayed so for as long as it may block. */
public final class BufferExhaustedException extends RetriableException {
    private static final long serialVersionUID = 1L;

    BufferExhaustedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
