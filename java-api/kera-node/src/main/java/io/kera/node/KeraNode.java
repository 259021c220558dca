package io.kera.node;

import io.kera.coordinator.ConsensusLog;
import io.kera.coordinator.Coordinator;
import io.kera.coordinator.FileConsensusLog;
import io.kera.coordinator.FolderTakenException;
import io.kera.coordinator.MemoryConsensusLog;
import io.kera.coordinator.MetadataDamagedException;
import io.kera.ffi.CoreOptions;
import io.kera.ffi.NativeCore;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.control.ControlAgent;
import io.kera.node.control.ControlIdle;
import io.kera.node.control.ControlRoom;
import io.kera.node.control.LostStreams;
import io.kera.node.http.NodeHttp;
import io.kera.node.http.NodeMetrics;
import io.kera.node.log.NodeLog;
import io.kera.node.log.StackFrames;
import io.kera.node.service.ReactorTurns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.status.CountersReader;
import org.jspecify.annotations.Nullable;

/**
 * One node in this process: the native core, the control agent, HTTP. Any thread. {@link #close} is idempotent. It waits
 * until everything acknowledged is on disk, or logs what is not.
 */
public final class KeraNode implements AutoCloseable {
    private static final long LOOK_NANOS = 200_000;
    private static final Duration START_MOST = Duration.ofMinutes(5);

    private final NodeConfig config;
    private final NodeLog log;
    private final NativeCore core;
    private final ControlAgent agent;
    private final ControlIdle idle;
    private final AgentRunner runner;
    private final List<String> endpoints;
    private final NodeMetrics metrics;
    private @Nullable NodeHttp http;
    private volatile boolean draining;
    private volatile boolean failed;
    private volatile Runnable whenFailed = () -> {};
    private boolean closed;
    private boolean stoppedCleanly;

    private KeraNode(NodeConfig config, NodeLog log, NativeCore core, ControlAgent agent) {
        this.config = config;
        this.log = log;
        this.core = core;
        this.agent = agent;
        endpoints = core.endpoints();
        idle = new ControlIdle(core, agent);
        runner = new AgentRunner(idle, this::onAgentError, null, agent);
        metrics = new NodeMetrics(core, agent);
    }

    private void begin() {
        boolean begun = false;
        try {
            startCore();
            AgentRunner.startOnThread(runner);
            awaitReady();
            http = startHttp();
            begun = true;
        } finally {
            if (!begun) {
                closeRunner();
                core.close();
            }
        }
    }

    private void closeRunner() {
        idle.end();
        runner.close();
    }

    private void startCore() {
        try {
            core.start();
        } catch (RuntimeException e) {
            throw RefusedStart.of(config, e);
        }
    }

    private @Nullable NodeHttp startHttp() {
        try {
            return NodeHttp.start(config.get(NodeKeys.HTTP_LISTEN), metrics, this::isHealthy, this::isReady);
        } catch (IOException | UnresolvedAddressException e) {
            throw RefusedStart.withoutHttp(config, e);
        }
    }

    /**
     * Starts a node. When this returns, the node accepts appends.
     *
     * @throws NodeStartException the node cannot start; the message says why and what to do
     */
    public static KeraNode start(NodeConfig config) {
        return start(config, NodeLog.STANDARD_ERROR);
    }

    /** As {@link #start(NodeConfig)}, with a log for the lines of the node. The core's lines do not go there. */
    public static KeraNode start(NodeConfig config, NodeLog log) {
        return start(config, log, UnaryOperator.identity());
    }

    /** For tests: {@code over} may replace the metadata log. */
    static KeraNode start(NodeConfig config, NodeLog log, UnaryOperator<ConsensusLog> over) {
        NodeFolders.make(config);
        final ConsensusLog consensus = over.apply(openLog(config, log));
        final ControlRoom room = new ControlRoom(log);
        final Coordinator coordinator = new Coordinator(consensus, room::onEvent);
        final NativeCore core;
        try {
            if (config.get(NodeKeys.DATA_KEEP)) {
                new LostStreams(NodeFolders.data(config), log).mark(coordinator);
            }
            core = NativeCore.open(options(config));
        } catch (RuntimeException | UnsatisfiedLinkError e) {
            consensus.close();
            throw RefusedStart.of(config, e);
        }
        final KeraNode node = new KeraNode(config, log, core, new ControlAgent(core, room, coordinator, config, log));
        node.begin();
        return node;
    }

    /** The addresses where it listens, with the ports that were chosen. */
    public List<String> endpoints() {
        return endpoints;
    }

    /** The address for clients of a transport: {@code tcp} or {@code shm}. */
    public String uri(String transport) {
        return endpoints.stream()
                .filter(endpoint -> endpoint.startsWith(transport + ":"))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("transport=" + transport + " limit=" + endpoints
                        + "; the node does not listen there: add it to " + NodeKeys.LISTEN));
    }

    /** The port of metrics and health; 0: there is none. */
    public int httpPort() {
        return http == null ? 0 : http.port();
    }

    /** Memory, pages, regions, in one line. */
    public String memory() {
        return core.memory();
    }

    public NodeConfig config() {
        return config;
    }

    /** Whether it accepts requests. */
    public boolean isReady() {
        return agent.isReady() && !draining;
    }

    /** Whether it can decide about streams, and remember the decisions. */
    public boolean isHealthy() {
        return agent.isHealthy() && runner.thread() != null && runner.thread().isAlive();
    }

    /** How it is, in one line for people. */
    String condition() {
        final String trouble = agent.trouble();
        return trouble.isEmpty()
                ? "streams=" + agent.names().count() + " listen=" + String.join(",", endpoints)
                : "changes of streams are refused: " + trouble;
    }

    /** Whether its reactors turn; until it is closed. */
    ReactorTurns reactorTurns() {
        return new ReactorTurns(
                new CountersReader(core.countersMetadata(), core.countersValues()),
                config.get(NodeKeys.RETENTION_INTERVAL),
                System.nanoTime());
    }

    /**
     * Sets what runs once when the node cannot continue. Only the core still works on what it has begun. Close the node
     * then, as {@code kera node} does. Any thread may set it; it runs on the thread that failed.
     */
    public void onFailure(Runnable listener) {
        whenFailed = listener;
        if (failed) {
            listener.run();
        }
    }

    /** Whether the node cannot continue. */
    public boolean hasFailed() {
        return failed;
    }

    /**
     * Drains, writes everything acknowledged to disk, and stops. After {@link NodeKeys#SHUTDOWN_TIMEOUT} it logs what is
     * not on disk, and gives up. {@link #stoppedCleanly()} tells which of the two happened.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        final long deadlineNs =
                System.nanoTime() + config.get(NodeKeys.SHUTDOWN_TIMEOUT).toNanos();
        draining = true;
        core.drain();
        while (!core.isSettled() && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        final boolean settled = core.isSettled();
        if (http != null) {
            http.close();
        }
        metrics.close();
        closeRunner();
        stoppedCleanly = settled && stopCore(deadlineNs);
        if (stoppedCleanly) {
            core.close();
            log.log(NodeLog.Level.INFO, "node_stopped", "settled", true);
            return;
        }
        log.log(
                NodeLog.Level.ERROR,
                "node_stop_timed_out",
                "timeout",
                config.text(NodeKeys.SHUTDOWN_TIMEOUT),
                "settled",
                settled,
                "not_flushed",
                "records acknowledged at leader since the journal's last sync; those at disk are safe",
                "streams",
                agent.names().count());
    }

    /** Whether everything acknowledged is on disk, and all memory is freed. REQUIRES: closed. */
    public synchronized boolean stoppedCleanly() {
        return stoppedCleanly;
    }

    /** Stops the core on a thread of its own, so that a disk that hangs cannot block the stop. */
    private boolean stopCore(long deadlineNs) {
        final Thread stopping = new Thread(core::stop, "kera-stop");
        stopping.setDaemon(true);
        stopping.start();
        try {
            stopping.join(Math.max(1, (deadlineNs - System.nanoTime()) / 1_000_000));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !stopping.isAlive();
    }

    private void awaitReady() {
        final long deadlineNs = System.nanoTime() + START_MOST.toNanos();
        while (!agent.isReady() && agent.isHealthy() && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
        if (!agent.isReady()) {
            final String trouble = agent.trouble();
            throw new NodeStartException(
                    trouble.isEmpty()
                            ? "control plane not ready within=" + START_MOST + "; the log says what failed"
                            : trouble,
                    0,
                    null);
        }
    }

    /** The agent has ended with an error, or could not close its log. */
    private void onAgentError(Throwable error) {
        final Throwable cause = error.getCause() == null ? error : error.getCause();
        log.log(
                NodeLog.Level.ERROR,
                "control_agent_failed",
                "error",
                cause,
                "at",
                StackFrames.of(cause),
                "consequence",
                "no changes of streams are decided any more; stop the node, and start it again");
        failed = true;
        whenFailed.run();
    }

    private static ConsensusLog openLog(NodeConfig config, NodeLog log) {
        if (!config.get(NodeKeys.DATA_KEEP)) {
            return new MemoryConsensusLog(System::currentTimeMillis);
        }
        try {
            final FileConsensusLog opened =
                    FileConsensusLog.open(NodeFolders.metadata(config), System::currentTimeMillis);
            if (opened.tornBytes() > 0) {
                log.log(NodeLog.Level.WARN, "metadata_log_torn", "bytes_cut", opened.tornBytes());
            }
            return opened;
        } catch (FolderTakenException e) {
            throw RefusedStart.taken(config, e.ownerPid(), e);
        } catch (MetadataDamagedException | UncheckedIOException e) {
            throw new NodeStartException(String.valueOf(e.getMessage()), 0, e);
        }
    }

    private static CoreOptions options(NodeConfig config) {
        final String token = config.get(NodeKeys.AUTH_TOKEN);
        return CoreOptions.builder()
                .nodeId(config.get(NodeKeys.NODE_ID))
                .nodeName(config.get(NodeKeys.NODE_NAME))
                .dataFolder(
                        config.get(NodeKeys.DATA_KEEP)
                                ? NodeFolders.data(config).toString()
                                : null)
                .listen(config.get(NodeKeys.LISTEN))
                .reactorCount(config.get(NodeKeys.REACTORS))
                .token(token.isEmpty() ? null : token)
                .arenaBytes(config.get(NodeKeys.MEMORY_ARENA))
                .loadedBytesMax(config.get(NodeKeys.MEMORY_LOADED))
                .pages(pages(config.get(NodeKeys.MEMORY_PAGES)))
                .touchAhead(config.get(NodeKeys.MEMORY_TOUCH))
                .idle(CoreOptions.Idle.valueOf(
                        config.get(NodeKeys.REACTORS_IDLE).toUpperCase(Locale.ROOT)))
                .pinReactors(config.get(NodeKeys.REACTORS_PIN))
                .memoryKeptSeconds(config.get(NodeKeys.MEMORY_KEPT).toSeconds())
                .authority(CoreOptions.Authority.CONTROL)
                .retentionIntervalMs(config.get(NodeKeys.RETENTION_INTERVAL).toMillis())
                .producerExpiryMs(config.get(NodeKeys.PRODUCER_EXPIRY).toMillis())
                .build();
    }

    private static CoreOptions.Pages pages(String choice) {
        return CoreOptions.Pages.valueOf(choice.toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
