package io.kera.cli.console;

import java.io.IOException;

/** Standard output takes no more; unchecked, because nothing that prints can do anything about it. */
public final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public OutputClosedException(IOException cause) {
        super(cause);
    }

    /** Whoever read has had enough, as in {@code kera consume clicks | head}; otherwise it is an error, such as a full disk. */
    public boolean isBrokenPipe() {
        final Throwable cause = getCause();
        final String message = cause == null ? null : cause.getMessage();
        return message != null && (message.contains("Broken pipe") || message.contains("Pipe closed"));
    }
}
