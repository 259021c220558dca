package io.kera.client.errors;

/** There was no answer, or no outcome, in time. The request may have been carried out all the same. */
public final class TimedOutException extends RetriableException {
    private static final long serialVersionUID = 1L;

    TimedOutException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
