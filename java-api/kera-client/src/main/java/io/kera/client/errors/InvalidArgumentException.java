package io.kera.client.errors;

/** An argument, an option or a request is outside its limits. */
public final class InvalidArgumentException extends FatalException {
    private static final long serialVersionUID = 1L;

    InvalidArgumentException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
