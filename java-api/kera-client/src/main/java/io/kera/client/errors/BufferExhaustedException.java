package io.kera.client.errors;

/** The memory of a producer was full for as long as a call may wait ({@code maxBlock}). */
public final class BufferExhaustedException extends RetriableException {
    private static final long serialVersionUID = 1L;

    BufferExhaustedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
