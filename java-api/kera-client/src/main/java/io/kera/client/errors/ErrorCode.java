package io.kera.client.errors;

/**
 * All errors, with the numbers of {@code enum kera_code}. They never change.
 *
 * <p>A test compares names, numbers and retriability with libkera.
 */
public enum ErrorCode {
    OK(false),
    MALFORMED(false),
    UNSUPPORTED(false),
    UNAUTHORIZED(false),
    FRAME_TOO_LARGE(false),
    HELLO_REQUIRED(false),
    BAD_CHECKSUM(false),
    BAD_RECORD_COUNT(false),
    UNKNOWN_STREAM(false),
    STREAM_EXISTS(false),
    INVALID_ARGUMENT(false),
    SEQUENCE_GAP(false),
    DUPLICATE_SEQUENCE(false),
    STALE_PRODUCER_EPOCH(false),
    UNKNOWN_PRODUCER(false),
    STALE_TERM(true),
    NOT_LEADER(true),
    OFFSET_OUT_OF_RANGE(false),
    MEMORY_EXHAUSTED(true),
    DISK_FULL(true),
    DISK_FAILED(true),
    BUFFER_EXHAUSTED(true),
    TIMED_OUT(true),
    DISCONNECTED(true),
    CLOSED(false),
    WOULD_BLOCK(true),
    CORRUPT(false),
    LEASE_LOST(true),
    LIMIT_EXCEEDED(false),
    SHUTTING_DOWN(true),
    INTERNAL(false);

    private static final ErrorCode[] ALL = values();

    private final boolean retriable;

    ErrorCode(boolean retriable) {
        this.retriable = retriable;
    }

    /** The number in libkera and in messages. */
    public int number() {
        return ordinal();
    }

    /** Whether the same call may succeed later. */
    public boolean isRetriable() {
        return retriable;
    }

    /** The code of a number; {@link #INTERNAL} for a number that this client does not know. */
    public static ErrorCode of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : INTERNAL;
    }
}
