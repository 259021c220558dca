package io.kera.node;

import org.jspecify.annotations.Nullable;

/** A node cannot start. The message says why, and what to do. */
public final class NodeStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long ownerPid;

    NodeStartException(String message, long ownerPid, @Nullable Throwable cause) {
        super(message, cause);
        this.ownerPid = ownerPid;
    }

    /** The process that uses the data folder; 0: that is not the reason. */
    public long ownerPid() {
        return ownerPid;
    }
}
