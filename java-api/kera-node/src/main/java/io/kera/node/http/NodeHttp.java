package io.kera.node.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Metrics and health over HTTP. Owns two threads: one answers requests, one makes pages of metrics. So health is
 * answered while a page is made. All requests that wait for a page get the same one.
 */
public final class NodeHttp implements AutoCloseable {
    private static final long WAIT_MILLIS = 250;
    private static final long IDLE_MILLIS = 10_000;
    private static final long PAUSE_NANOS = 50_000_000;
    private static final String PAGE_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final HttpPort port;
    private final NodeMetrics metrics;
    private final BooleanSupplier healthy;
    private final BooleanSupplier ready;
    private final ExecutorService pages = Executors.newSingleThreadExecutor(daemons("kera-http-pages"));
    private final ConcurrentLinkedQueue<HttpAnswer> made = new ConcurrentLinkedQueue<>();
    private final List<HttpConnection> awaitingPage = new ArrayList<>();
    private final Thread thread = daemons("kera-http").newThread(this::serve);
    private boolean pageIsBeingMade;
    private volatile boolean closed;

    private NodeHttp(InetSocketAddress address, NodeMetrics metrics, BooleanSupplier healthy, BooleanSupplier ready)
            throws IOException {
        this.metrics = metrics;
        this.healthy = healthy;
        this.ready = ready;
        port = new HttpPort(address, System::nanoTime, this::route);
    }

    /**
     * Starts to serve.
     *
     * @param listen {@code HOST:PORT}; {@code off}: it serves nothing, and this returns null
     * @throws UnresolvedAddressException the host is not known
     */
    public static @Nullable NodeHttp start(
            String listen, NodeMetrics metrics, BooleanSupplier healthy, BooleanSupplier ready) throws IOException {
        if ("off".equals(listen)) {
            return null;
        }
        final int colon = listen.lastIndexOf(':');
        final String host = listen.substring(0, colon).replaceAll("^\\[|]$", "");
        final InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(listen.substring(colon + 1)));
        final NodeHttp http = new NodeHttp(address, metrics, healthy, ready);
        http.thread.start();
        return http;
    }

    public int port() {
        return port.port();
    }

    @Override
    public void close() {
        closed = true;
        port.wake();
        pages.shutdownNow();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve() {
        try (port) {
            while (!closed) {
                cycle();
            }
        }
    }

    private void cycle() {
        try {
            port.poll(port.connections() == 0 ? IDLE_MILLIS : WAIT_MILLIS);
        } catch (IOException e) {
            // Without descriptors the port stays ready. The pause keeps this loop from using a processor.
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        for (HttpAnswer page = made.poll(); page != null; page = made.poll()) {
            for (final HttpConnection waiting : awaitingPage) {
                port.answer(waiting, page);
            }
            awaitingPage.clear();
            pageIsBeingMade = false;
        }
    }

    private void route(String path, HttpConnection connection) {
        switch (path) {
            case "/metrics" -> {
                awaitingPage.removeIf(HttpConnection::isClosed);
                awaitingPage.add(connection);
                if (!pageIsBeingMade) {
                    pageIsBeingMade = true;
                    pages.execute(this::makePage);
                }
            }
            case "/healthz" ->
                port.answer(
                        connection,
                        state(healthy.getAsBoolean(), "ok", "the node cannot decide about streams; see the log"));
            case "/readyz" -> port.answer(connection, state(ready.getAsBoolean(), "ready", "starting or stopping"));
            default ->
                port.answer(
                        connection,
                        HttpAnswer.plain(HttpAnswer.NOT_FOUND, "path=" + path + " limit=/metrics|/healthz|/readyz\n"));
        }
    }

    private void makePage() {
        HttpAnswer answer = HttpAnswer.plain(HttpAnswer.UNAVAILABLE, "stopping\n");
        try {
            final @Nullable String page = metrics.page();
            if (page != null) {
                answer = new HttpAnswer(HttpAnswer.OK, PAGE_TYPE, page);
            }
        } finally {
            made.add(answer);
            port.wake();
        }
    }

    private static HttpAnswer state(boolean good, String yes, String no) {
        return HttpAnswer.plain(good ? HttpAnswer.OK : HttpAnswer.UNAVAILABLE, (good ? yes : no) + "\n");
    }

    private static ThreadFactory daemons(String name) {
        return work -> {
            final Thread thread = new Thread(work, name);
            thread.setDaemon(true);
            return thread;
        };
    }
}
