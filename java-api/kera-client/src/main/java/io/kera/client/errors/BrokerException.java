package io.kera.client.errors;

/** An error that no caller can repair: client and broker do not understand each other, or one has a defect. */
public final class BrokerException extends FatalException {
    private static final long serialVersionUID = 1L;

    BrokerException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
