package io.kera.node.service;

import io.kera.ffi.ServiceSocket;
import java.time.Duration;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * The program that runs this process as a service, such as systemd: it is told when the node is ready, when it stops,
 * how it is, and that it still turns. The messages are those of sd_notify. Where {@code NOTIFY_SOCKET} is not set, nobody
 * is told. Any thread.
 */
public final class Supervisor {
    /** Sends a message to a socket. Returns 0, or the error number that says why it was not sent. */
    @FunctionalInterface
    interface Sender {
        int send(String socket, String message);
    }

    private static final Duration STOP_MARGIN = Duration.ofSeconds(15);
    private static final int NANOS_PER_MICRO = 1000;

    private final String socket;
    private final long watchdogNs;
    private final Sender sender;
    private final IntConsumer whenRefused;

    Supervisor(Map<String, String> environment, long pid, Sender sender, IntConsumer whenRefused) {
        socket = environment.getOrDefault("NOTIFY_SOCKET", "");
        watchdogNs = watchdogNs(environment, pid);
        this.sender = sender;
        this.whenRefused = whenRefused;
    }

    /**
     * The one that this process's environment names.
     *
     * @param whenRefused gets the error number of each message that could not be sent
     */
    public static Supervisor of(Map<String, String> environment, IntConsumer whenRefused) {
        return new Supervisor(environment, ProcessHandle.current().pid(), ServiceSocket::send, whenRefused);
    }

    /** Whether there is one. */
    public boolean isThere() {
        return !socket.isEmpty();
    }

    /** How long it waits for a ping before it ends this process; 0: it waits for none. */
    public long watchdogNs() {
        return isThere() ? watchdogNs : 0;
    }

    /** The node accepts appends. */
    public void ready(String status) {
        tell("READY=1\nSTATUS=" + line(status));
    }

    /** One line for people who ask how the service is. */
    public void status(String status) {
        tell("STATUS=" + line(status));
    }

    /** The node turns: the time until this process is ended begins again. */
    public void ping() {
        tell("WATCHDOG=1");
    }

    /**
     * The node stops, and asks for the time that it may need.
     *
     * @param limit after that long the node gives up by itself
     */
    public void stopping(Duration limit) {
        final long micros = limit.plus(STOP_MARGIN).toNanos() / NANOS_PER_MICRO;
        tell("STOPPING=1\nSTATUS=stopping: writing what was acknowledged to disk\nEXTEND_TIMEOUT_USEC=" + micros);
    }

    private void tell(String message) {
        if (!isThere()) {
            return;
        }
        final int refused = sender.send(socket, message);
        if (refused != 0) {
            whenRefused.accept(refused);
        }
    }

    /** A line end would begin the next field. */
    private static String line(String text) {
        return text.replaceAll("\\R", " ");
    }

    /** What is set for another process, which has started this one, is not for this one. */
    private static long watchdogNs(Map<String, String> environment, long pid) {
        final String micros = environment.getOrDefault("WATCHDOG_USEC", "");
        final String whose = environment.getOrDefault("WATCHDOG_PID", "");
        if (!micros.matches("[1-9]\\d{0,14}") || !(whose.isEmpty() || whose.equals(Long.toString(pid)))) {
            return 0;
        }
        return Long.parseLong(micros) * NANOS_PER_MICRO;
    }
}
