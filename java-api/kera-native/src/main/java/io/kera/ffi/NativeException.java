package io.kera.ffi;

/**
 * A refusal of the native library: the code, the thing concerned, what was allowed and what there was instead.
 *
 * <p>Made in one place of the native side; {@code io.kera.client} turns it into its own family.
 */
public final class NativeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final String codeName;
    private final String what;
    private final long limit;
    private final long value;
    private final boolean retriable;

    /** Called by the native side. */
    NativeException(int code, String codeName, String what, long limit, long value, boolean retriable) {
        super(RefusalText.of(codeName, what, limit, value));
        this.code = code;
        this.codeName = codeName;
        this.what = what;
        this.limit = limit;
        this.value = value;
        this.retriable = retriable;
    }

    /** The number of the code, as {@code enum kera_code} has it. */
    public int code() {
        return code;
    }

    /** The name of the code, such as {@code BUFFER_EXHAUSTED}. */
    public String codeName() {
        return codeName;
    }

    /** The thing concerned, such as {@code memory_bytes}. */
    public String what() {
        return what;
    }

    /** What was allowed or expected. */
    public long limit() {
        return limit;
    }

    /** What there was instead. */
    public long value() {
        return value;
    }

    /** Whether the same call may succeed later. */
    public boolean isRetriable() {
        return retriable;
    }
}
