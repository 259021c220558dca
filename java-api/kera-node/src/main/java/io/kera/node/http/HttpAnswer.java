package io.kera.node.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The answer to an HTTP request. Immutable; any thread. */
final class HttpAnswer {
    static final int OK = 200;
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int NOT_ALLOWED = 405;
    static final int TOO_LARGE = 431;
    static final int UNAVAILABLE = 503;

    private final int status;
    private final String type;
    private final byte[] body;

    HttpAnswer(int status, String type, String body) {
        this.status = status;
        this.type = type;
        this.body = body.getBytes(StandardCharsets.UTF_8);
    }

    static HttpAnswer plain(int status, String text) {
        return new HttpAnswer(status, "text/plain; charset=utf-8", text);
    }

    /** The bytes that are sent; without the body if only the head was requested. */
    ByteBuffer encode(boolean headOnly) {
        final byte[] head = ("HTTP/1.1 " + status + " " + reason() + "\r\nContent-Type: " + type
                        + "\r\nContent-Length: " + body.length + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        final ByteBuffer bytes = ByteBuffer.allocate(head.length + (headOnly ? 0 : body.length));
        bytes.put(head);
        if (!headOnly) {
            bytes.put(body);
        }
        return bytes.flip();
    }

    private String reason() {
        return switch (status) {
            case OK -> "OK";
            case BAD_REQUEST -> "Bad Request";
            case NOT_FOUND -> "Not Found";
            case NOT_ALLOWED -> "Method Not Allowed";
            case TOO_LARGE -> "Request Header Fields Too Large";
            default -> "Service Unavailable";
        };
    }
}
