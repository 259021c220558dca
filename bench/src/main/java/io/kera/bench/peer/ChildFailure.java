package io.kera.bench.peer;

import java.io.IOException;
import java.util.List;

/** A process of ours that did not do what it is for. */
public final class ChildFailure extends IOException {
    private static final long serialVersionUID = 1L;

    /** Its exit status while it has none. */
    public static final int RUNS = -1;

    private final int exitStatus;
    private final transient List<String> said;

    ChildFailure(String message, int exitStatus, List<String> said) {
        super(message);
        this.exitStatus = exitStatus;
        this.said = said;
    }

    /** {@link #RUNS}: it has not ended. */
    public int exitStatus() {
        return exitStatus;
    }

    /** All lines of it. */
    public List<String> said() {
        return said;
    }
}
