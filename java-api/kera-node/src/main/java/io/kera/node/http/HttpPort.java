package io.kera.node.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP port for short requests. It never waits for one client. When there are too many connections, the oldest one is
 * closed. A duty cycle; one thread, except {@link #wake}.
 */
final class HttpPort implements AutoCloseable {
    static final int CONNECTIONS_MAX = 64;
    private static final int ACCEPTS_PER_POLL = 16;
    private static final int BACKLOG = 256;

    private final BiConsumer<String, HttpConnection> requests;
    private final LongSupplier clockNs;
    private final ServerSocketChannel listener;
    private final Selector selector;
    private final Deque<HttpConnection> connections = new ArrayDeque<>();

    /**
     * @param requests gets each requested path, and answers now or later
     */
    HttpPort(InetSocketAddress address, LongSupplier clockNs, BiConsumer<String, HttpConnection> requests)
            throws IOException {
        this.requests = requests;
        this.clockNs = clockNs;
        listener = ServerSocketChannel.open();
        Selector opened = null;
        try {
            listener.bind(address, BACKLOG);
            listener.configureBlocking(false);
            opened = Selector.open();
            listener.register(opened, SelectionKey.OP_ACCEPT);
        } catch (IOException | RuntimeException e) {
            closeQuietly(opened);
            listener.close();
            throw e;
        }
        selector = opened;
    }

    int port() {
        return listener.socket().getLocalPort();
    }

    int connections() {
        return connections.size();
    }

    long nowNs() {
        return clockNs.getAsLong();
    }

    /**
     * One duty cycle. It waits at most this long when there is no work. Returns how many sockets had work.
     *
     * @throws IOException no connection can be accepted now, for example without descriptors; all others were served
     */
    int poll(long waitMillis) throws IOException {
        final int ready = waitMillis == 0 ? selector.selectNow() : selector.select(waitMillis);
        IOException refused = null;
        final Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
            final SelectionKey key = keys.next();
            keys.remove();
            if (key.attachment() instanceof HttpConnection connection) {
                move(connection);
            } else {
                try {
                    acceptAll();
                } catch (IOException e) {
                    refused = e;
                }
            }
        }
        final long nowNs = nowNs();
        connections.forEach(connection -> {
            if (!connection.isClosed() && connection.isLate(nowNs)) {
                connection.close();
            }
        });
        connections.removeIf(HttpConnection::isClosed);
        if (refused != null) {
            throw refused;
        }
        return ready;
    }

    /** Any thread. */
    void wake() {
        selector.wakeup();
    }

    void answer(HttpConnection connection, HttpAnswer answer) {
        try {
            connection.answer(answer, nowNs());
        } catch (IOException e) {
            connection.close();
        }
    }

    @Override
    public void close() {
        connections.forEach(HttpConnection::close);
        connections.clear();
        closeQuietly(listener);
        closeQuietly(selector);
    }

    private void move(HttpConnection connection) {
        try {
            final String path = connection.move(nowNs());
            if (path != null) {
                requests.accept(path, connection);
            }
        } catch (IOException | RuntimeException e) {
            // The error concerns only this client.
            connection.close();
        }
    }

    private void acceptAll() throws IOException {
        for (int accepted = 0; accepted < ACCEPTS_PER_POLL; accepted++) {
            final SocketChannel channel = listener.accept();
            if (channel == null) {
                return;
            }
            channel.configureBlocking(false);
            final SelectionKey key = channel.register(selector, SelectionKey.OP_READ);
            final HttpConnection connection = new HttpConnection(channel, key, nowNs());
            key.attach(connection);
            connections.add(connection);
            connections.removeIf(HttpConnection::isClosed);
            if (connections.size() > CONNECTIONS_MAX) {
                connections.remove().close();
            }
            // Most requests arrive with their connection, so they are read at once.
            move(connection);
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable open) {
        try {
            if (open != null) {
                open.close();
            }
        } catch (Exception e) {
            // It is closed as far as possible.
            assert e != null;
        }
    }
}
