package io.kera.node.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One client of {@link HttpPort}, with one request and one answer. The port's thread; owns the socket. Whatever the
 * client does, it costs at most {@link #HEAD_BYTES_MAX} and the answer, for a bounded time.
 */
final class HttpConnection {
    static final int HEAD_BYTES_MAX = 8 << 10;
    static final long REQUEST_NANOS = 5_000_000_000L;
    static final long ANSWER_NANOS = 10_000_000_000L;
    static final long END_NANOS = 1_000_000_000L;

    private enum State {
        ASKING,
        WAITING,
        ANSWERING,
        ENDING,
        CLOSED
    }

    private final SocketChannel channel;
    private final SelectionKey key;
    private final ByteBuffer in = ByteBuffer.allocate(HEAD_BYTES_MAX);
    private @Nullable ByteBuffer out;
    private State state = State.ASKING;
    private boolean headOnly;
    private long deadlineNs;

    HttpConnection(SocketChannel channel, SelectionKey key, long nowNs) {
        this.channel = channel;
        this.key = key;
        deadlineNs = nowNs + REQUEST_NANOS;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    boolean isLate(long nowNs) {
        return nowNs - deadlineNs >= 0;
    }

    /** Reads or writes what it can. Returns the path of the request once, when it is complete; null otherwise. */
    @Nullable
    String move(long nowNs) throws IOException {
        switch (state) {
            case ASKING -> {
                return read(nowNs);
            }
            case ANSWERING -> write(nowNs);
            case ENDING -> discard();
            default -> {
                // It waits for its answer. More bytes from the client are not read.
            }
        }
        return null;
    }

    /** Begins to send the answer. */
    void answer(HttpAnswer answer, long nowNs) throws IOException {
        if (state == State.CLOSED) {
            return;
        }
        out = answer.encode(headOnly);
        state = State.ANSWERING;
        deadlineNs = nowNs + ANSWER_NANOS;
        write(nowNs);
    }

    void close() {
        state = State.CLOSED;
        try {
            channel.close();
        } catch (IOException e) {
            key.cancel();
        }
    }

    private @Nullable String read(long nowNs) throws IOException {
        final int from = in.position();
        if (channel.read(in) < 0) {
            close();
            return null;
        }
        final int end = endOfHead(Math.max(0, from - 3));
        if (end < 0) {
            if (!in.hasRemaining()) {
                answer(HttpAnswer.plain(HttpAnswer.TOO_LARGE, "request_bytes limit=" + HEAD_BYTES_MAX + "\n"), nowNs);
            }
            return null;
        }
        final String head = new String(in.array(), 0, end, StandardCharsets.ISO_8859_1);
        final String[] words = head.substring(0, head.indexOf('\n')).strip().split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.") || !words[1].startsWith("/")) {
            answer(HttpAnswer.plain(HttpAnswer.BAD_REQUEST, "request limit=GET PATH HTTP/1.1\n"), nowNs);
            return null;
        }
        headOnly = "HEAD".equals(words[0]);
        if (!headOnly && !"GET".equals(words[0])) {
            answer(HttpAnswer.plain(HttpAnswer.NOT_ALLOWED, "method limit=GET|HEAD\n"), nowNs);
            return null;
        }
        state = State.WAITING;
        deadlineNs = nowNs + ANSWER_NANOS;
        key.interestOps(0);
        return words[1].replaceFirst("\\?.*", "");
    }

    /** The end of the empty line; -1: it has not arrived yet. */
    private int endOfHead(int from) {
        for (int at = from; at + 1 < in.position(); at++) {
            if (in.get(at) != '\n') {
                continue;
            }
            if (in.get(at + 1) == '\n') {
                return at + 2;
            }
            if (at + 2 < in.position() && in.get(at + 1) == '\r' && in.get(at + 2) == '\n') {
                return at + 3;
            }
        }
        return -1;
    }

    private void write(long nowNs) throws IOException {
        final ByteBuffer rest = out;
        if (rest != null) {
            channel.write(rest);
            if (rest.hasRemaining()) {
                key.interestOps(SelectionKey.OP_WRITE);
                return;
            }
        }
        // To close a socket with unread bytes resets the connection, and the client loses the answer.
        out = null;
        channel.shutdownOutput();
        state = State.ENDING;
        deadlineNs = nowNs + END_NANOS;
        key.interestOps(SelectionKey.OP_READ);
    }

    private void discard() throws IOException {
        in.clear();
        if (channel.read(in) < 0) {
            close();
        }
    }

    @Override
    public String toString() {
        return state.name().toLowerCase(Locale.ROOT);
    }
}
