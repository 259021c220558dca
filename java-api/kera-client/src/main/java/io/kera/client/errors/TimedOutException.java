package io.kera.client.errors;

/** There was no answer, or no outcome, in time. What was asked for may still have happened. */
public final class TimedOutException extends RetriableException {
    private static final long serialVersionUID = 1L;

    TimedOutException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
