package io.kera.client.errors;

/** The same call will fail again. */
public abstract sealed class FatalException extends KeraException
        permits ClosedException,
                InvalidArgumentException,
                UnknownStreamException,
                StreamExistsException,
                UnauthorizedException,
                FencedException,
                OffsetOutOfRangeException,
                CorruptDataException,
                BrokerException {
    private static final long serialVersionUID = 1L;

    FatalException(ErrorCode code, String what, long limit, long value) {
        super(code, what, limit, value);
    }
}
