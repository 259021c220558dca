package io.kera.client.errors;

/** The broker does not accept the token. */
public final class UnauthorizedException extends FatalException {
    private static final long serialVersionUID = 1L;

    UnauthorizedException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
