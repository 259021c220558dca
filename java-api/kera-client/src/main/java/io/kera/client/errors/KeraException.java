package io.kera.client.errors;

import io.kera.ffi.RefusalText;

/**
 * An error of KerA: its code, what it is about, the limit, and the value that broke the limit.
 *
 * <p>There are two kinds. After a {@link RetriableException} the same call may succeed later; after a {@link
 * FatalException} it does not.
 */
public abstract sealed class KeraException extends RuntimeException permits RetriableException, FatalException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final String what;
    private final long limit;
    private final long value;
    private ErrorCode causeCode = ErrorCode.OK;

    KeraException(ErrorCode code, String what, long limit, long value) {
        super(RefusalText.of(code.name(), what, limit, value));
        this.code = code;
        this.what = what;
        this.limit = limit;
        this.value = value;
    }

    public final ErrorCode code() {
        return code;
    }

    /** What the error is about, such as {@code memory_bytes}. */
    public final String what() {
        return what;
    }

    /** What was allowed or expected. */
    public final long limit() {
        return limit;
    }

    /** The value that was not allowed or not expected. */
    public final long value() {
        return value;
    }

    /**
     * The broker's refusal that led to this error; {@link ErrorCode#OK}: none is known. Example: records were late,
     * because the broker refused them with {@link ErrorCode#MEMORY_EXHAUSTED}.
     */
    public final ErrorCode causeCode() {
        return causeCode;
    }

    @Override
    public final String getMessage() {
        final String text = String.valueOf(super.getMessage());
        return causeCode == ErrorCode.OK ? text : text + "; the broker refused: " + causeCode;
    }

    /** Whether the same call may succeed later. */
    public final boolean isRetriable() {
        return this instanceof RetriableException;
    }

    /** Makes the exception for a code. Programs may use it in tests that replace the client. */
    public static KeraException of(ErrorCode code, String what, long limit, long value) {
        return switch (code) {
            case BUFFER_EXHAUSTED -> new BufferExhaustedException(code, what, limit, value);
            case TIMED_OUT -> new TimedOutException(code, what, limit, value);
            case DISCONNECTED -> new DisconnectedException(code, what, limit, value);
            case STALE_TERM,
                    NOT_LEADER,
                    MEMORY_EXHAUSTED,
                    DISK_FULL,
                    DISK_FAILED,
                    WOULD_BLOCK,
                    LEASE_LOST,
                    SHUTTING_DOWN -> new BusyException(code, what, limit, value);
            case CLOSED -> new ClosedException(code, what, limit, value);
            case INVALID_ARGUMENT, LIMIT_EXCEEDED, FRAME_TOO_LARGE ->
                new InvalidArgumentException(code, what, limit, value);
            case UNKNOWN_STREAM -> new UnknownStreamException(code, what, limit, value);
            case STREAM_EXISTS -> new StreamExistsException(code, what, limit, value);
            case UNAUTHORIZED -> new UnauthorizedException(code, what, limit, value);
            case STALE_PRODUCER_EPOCH, UNKNOWN_PRODUCER -> new FencedException(code, what, limit, value);
            case OFFSET_OUT_OF_RANGE -> new OffsetOutOfRangeException(code, what, limit, value);
            case BAD_CHECKSUM, BAD_RECORD_COUNT, CORRUPT -> new CorruptDataException(code, what, limit, value);
            case OK, MALFORMED, UNSUPPORTED, HELLO_REQUIRED, SEQUENCE_GAP, DUPLICATE_SEQUENCE, INTERNAL ->
                new BrokerException(code, what, limit, value);
        };
    }

    /** As {@link #of(ErrorCode, String, long, long)}, with the broker's refusal that led to it. */
    public static KeraException of(ErrorCode code, String what, long limit, long value, ErrorCode causeCode) {
        final KeraException made = of(code, what, limit, value);
        made.causeCode = causeCode;
        return made;
    }
}
