package io.kera.node.control;

import io.kera.ffi.NativeCore;
import org.agrona.concurrent.IdleStrategy;

/**
 * How the control agent idles: it sleeps until the core has something for it. The agent's thread, except {@link #end()};
 * borrows both.
 */
public final class ControlIdle implements IdleStrategy {
    private final NativeCore core;
    private final ControlAgent agent;
    private volatile boolean ended;

    public ControlIdle(NativeCore core, ControlAgent agent) {
        this.core = core;
        this.agent = agent;
    }

    @Override
    public void idle(int workCount) {
        if (workCount == 0) {
            idle();
        }
    }

    @Override
    public void idle() {
        if (ended) {
            Thread.onSpinWait();
        } else {
            core.controlAwait(agent.looksAgainAfterNs());
        }
    }

    @Override
    public void reset() {}

    /** The agent sleeps no more, so that it can be closed. Any thread. */
    public void end() {
        ended = true;
        core.controlAlert();
    }

    @Override
    public String alias() {
        return "until the core wakes it";
    }
}
