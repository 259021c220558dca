package io.kera.client.errors;

/** Another producer has taken the place of this one, or the broker has forgotten it. */
public final class FencedException extends FatalException {
    private static final long serialVersionUID = 1L;

    FencedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
