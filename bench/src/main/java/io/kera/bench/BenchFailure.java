package io.kera.bench;

import org.jspecify.annotations.Nullable;

/** A measurement that came to nothing: the message says why and what to do, and needs no stack trace. */
public final class BenchFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BenchFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
