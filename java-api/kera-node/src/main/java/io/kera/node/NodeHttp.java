package io.kera.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Metrics and health over HTTP. Owns its two threads, which take their time from nobody else. */
final class NodeHttp implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;
    private static final String PLAIN = "text/plain; charset=utf-8";

    private final HttpServer server;
    private final ExecutorService threads;

    private NodeHttp(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    static @Nullable NodeHttp start(
            NodeConfig config, NodeMetrics metrics, BooleanSupplier healthy, BooleanSupplier ready) {
        final String listen = config.get(NodeKeys.HTTP_LISTEN);
        if ("off".equals(listen)) {
            return null;
        }
        final int colon = listen.lastIndexOf(':');
        final String host = listen.substring(0, colon).replaceAll("^\\[|]$", "");
        final InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(listen.substring(colon + 1)));
        try {
            final HttpServer server = HttpServer.create(address, 0);
            final AtomicInteger number = new AtomicInteger();
            final ExecutorService threads = Executors.newFixedThreadPool(THREADS, work -> {
                final Thread thread = new Thread(work, "kera-http-" + number.getAndIncrement());
                thread.setDaemon(true);
                return thread;
            });
            server.setExecutor(threads);
            server.createContext("/", exchange -> route(exchange, metrics, healthy, ready));
            server.start();
            return new NodeHttp(server, threads);
        } catch (IOException e) {
            throw new NodeStartException(
                    "key=" + NodeKeys.HTTP_LISTEN + " value=" + listen + " (" + FileTrouble.words(e)
                            + "); choose another port with " + NodeKeys.HTTP_LISTEN.flag() + ", 0 for any, or off",
                    0,
                    e);
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static void route(
            HttpExchange exchange, NodeMetrics metrics, BooleanSupplier healthy, BooleanSupplier ready)
            throws IOException {
        final String path = exchange.getRequestURI().getPath();
        if (!"GET".equals(exchange.getRequestMethod()) && !"HEAD".equals(exchange.getRequestMethod())) {
            answer(exchange, NOT_ALLOWED, PLAIN, "method=" + exchange.getRequestMethod() + " limit=GET|HEAD\n");
            return;
        }
        switch (path) {
            case "/metrics" -> {
                final @Nullable String page = metrics.page();
                if (page == null) {
                    answer(exchange, UNAVAILABLE, PLAIN, "stopping\n");
                } else {
                    answer(exchange, OK, "text/plain; version=0.0.4; charset=utf-8", page);
                }
            }
            case "/healthz" ->
                state(exchange, healthy.getAsBoolean(), "ok", "the control plane has failed; see the log");
            case "/readyz" -> state(exchange, ready.getAsBoolean(), "ready", "starting or stopping");
            default -> answer(exchange, NOT_FOUND, PLAIN, "path=" + path + " limit=/metrics|/healthz|/readyz\n");
        }
    }

    private static void state(HttpExchange exchange, boolean good, String yes, String no) throws IOException {
        answer(exchange, good ? OK : UNAVAILABLE, PLAIN, (good ? yes : no) + "\n");
    }

    private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
        final byte[] body = text.getBytes(StandardCharsets.UTF_8);
        final boolean head = "HEAD".equals(exchange.getRequestMethod());
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, head ? -1 : body.length);
        try (exchange;
                OutputStream out = exchange.getResponseBody()) {
            if (!head) {
                out.write(body);
            }
        }
    }
}
