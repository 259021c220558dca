package io.kera.node;

import io.kera.ffi.RefusalText;
import io.kera.node.config.ConfigException;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.log.NodeLog;
import io.kera.node.service.Supervisor;
import io.kera.node.service.Watchdog;
import java.time.Instant;
import java.util.List;

/**
 * A node as a process. It starts, prints its settings, runs until SIGTERM, SIGINT or SIGHUP, drains, and exits with 0.
 * It exits with 1 when it cannot start or continue, or when not everything reached the disk, and with 2 when its
 * configuration is wrong.
 */
public final class NodeMain {
    private static final int FAILED = 1;
    private static final int MISUSED = 2;

    private NodeMain() {}

    public static void main(String[] arguments) {
        int status = FAILED;
        try {
            status = run(List.of(arguments));
        } catch (RuntimeException | Error e) {
            e.printStackTrace(System.err);
        } finally {
            // The core's threads may wait for a disk that does not answer, so the process does not wait for them.
            Runtime.getRuntime().halt(status);
        }
    }

    /** As {@link #main}, but returns the exit status. */
    public static int run(List<String> arguments) {
        final long beganMillis = ProcessHandle.current()
                .info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .orElseGet(System::currentTimeMillis);
        if (arguments.contains("--help") || arguments.contains("-h")) {
            System.out.print("usage: kera node [--config=FILE] [--KEY=VALUE ...]\n\n" + NodeKeys.help());
            return 0;
        }
        if (arguments.contains("--keys-markdown")) {
            System.out.print(NodeKeys.markdown());
            return 0;
        }
        try {
            return serve(NodeConfig.parse(arguments, System.getenv()), beganMillis);
        } catch (ConfigException e) {
            System.err.println("kera node: " + e.getMessage());
            return MISUSED;
        } catch (NodeStartException e) {
            System.err.println("kera node: " + e.getMessage());
            return FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        }
    }

    private static int serve(NodeConfig config, long beganMillis) throws InterruptedException {
        final NodeLog log = NodeLog.STANDARD_ERROR;
        final StopSignals signals = StopSignals.listen();
        final KeraNode node = KeraNode.start(config, log);
        Banner.lines(node, System.currentTimeMillis() - beganMillis).forEach(System.out::println);
        System.out.flush();
        config.notes().forEach(name -> log.log(NodeLog.Level.WARN, "environment_variable_not_used", "name", name));
        final Supervisor supervisor = Supervisor.of(
                System.getenv(),
                errno -> log.log(
                        NodeLog.Level.WARN,
                        "supervisor_not_told",
                        "errno",
                        errno,
                        "reason",
                        RefusalText.errnoWords(errno)));
        return serveUntilStopped(node, signals, log, supervisor);
    }

    /** A node that cannot continue is stopped as by a signal. Otherwise clients would wait for it. */
    static int serveUntilStopped(KeraNode node, StopSignals signals, NodeLog log, Supervisor supervisor)
            throws InterruptedException {
        try (node) {
            node.onFailure(() -> signals.stop("failure"));
            try (Watchdog watchdog = Watchdog.start(supervisor, node.reactorTurns(), node::condition)) {
                log.log(NodeLog.Level.INFO, "node_stopping", "signal", signals.await());
            }
            supervisor.stopping(node.config().get(NodeKeys.SHUTDOWN_TIMEOUT));
        }
        return node.stoppedCleanly() && !node.hasFailed() ? 0 : FAILED;
    }
}
