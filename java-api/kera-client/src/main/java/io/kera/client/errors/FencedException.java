package io.kera.client.errors;

/** The broker no longer accepts this producer: a newer one has its id, or the broker has forgotten it. */
public final class FencedException extends FatalException {
    private static final long serialVersionUID = 1L;

    FencedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
