package io.kera.cli.record;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import java.io.IOException;
import java.io.InputStream;

/**
 * Lines of a stream of bytes, found where they were read. One thread; borrows the stream. A line is valid until the
 * next one is asked for. Invariant: {@code lineStart <= lineEnd <= filled}.
 */
final class LineReader {
    private static final int READ_BYTES = 256 << 10;

    private final InputStream in;
    private final int lineBytesMax;
    private byte[] bytes = new byte[READ_BYTES];
    private int filled;
    private int next;
    private int lineStart;
    private int lineEnd;
    private long lineNumber;
    private long readBytes;
    private boolean ended;

    LineReader(InputStream in, int lineBytesMax) {
        this.in = in;
        this.lineBytesMax = lineBytesMax;
    }

    /** Goes to the next line; false: there is none. What follows the last line end counts unless it is empty. */
    boolean next() throws IOException {
        int searched = next;
        for (; ; ) {
            for (int at = searched; at < filled; at++) {
                if (bytes[at] == '\n') {
                    return found(at, at + 1);
                }
            }
            if (filled - next > lineBytesMax) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "line=" + (lineNumber + 1) + " bytes>" + lineBytesMax + " limit=" + lineBytesMax
                                + "; a record cannot be larger: split it; the lines before are sent");
            }
            if (ended) {
                return next < filled && found(filled, filled);
            }
            searched = filled - next;
            fill();
            searched += next;
        }
    }

    /** What the line is within. */
    byte[] bytes() {
        return bytes;
    }

    int start() {
        return lineStart;
    }

    int length() {
        return lineEnd - lineStart;
    }

    /** From 1 on. */
    long lineNumber() {
        return lineNumber;
    }

    /** Of all lines so far, line ends included. */
    long readBytes() {
        return readBytes;
    }

    private boolean found(int end, int after) {
        lineStart = next;
        lineEnd = end;
        readBytes += after - next;
        next = after;
        lineNumber++;
        return true;
    }

    /** What is left of the line goes to the front; it makes room where it needs all. */
    private void fill() throws IOException {
        final int left = filled - next;
        byte[] target = bytes;
        if (left > bytes.length / 2) {
            target = new byte[Math.toIntExact(Math.min(2L * bytes.length, lineBytesMax + 2L * READ_BYTES))];
        }
        System.arraycopy(bytes, next, target, 0, left);
        bytes = target;
        next = 0;
        filled = left;
        final int got = in.read(bytes, filled, bytes.length - filled);
        if (got < 0) {
            ended = true;
        } else {
            filled += got;
        }
    }
}
