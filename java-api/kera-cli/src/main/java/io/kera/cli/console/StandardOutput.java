package io.kera.cli.console;

import java.io.IOException;
import java.io.OutputStream;

/** Standard output, buffered, whose errors end the command instead of being swallowed by a PrintStream. One thread at a time. */
final class StandardOutput extends OutputStream {
    private static final int BUFFER_BYTES = 64 << 10;

    private final OutputStream target;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int filled;

    StandardOutput(OutputStream target) {
        this.target = target;
    }

    @Override
    public synchronized void write(int one) {
        if (filled == buffer.length) {
            drain();
        }
        buffer[filled++] = (byte) one;
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
        if (length > buffer.length - filled) {
            drain();
        }
        if (length >= buffer.length) {
            send(bytes, from, length);
        } else {
            System.arraycopy(bytes, from, buffer, filled, length);
            filled += length;
        }
    }

    @Override
    public synchronized void flush() {
        drain();
        try {
            target.flush();
        } catch (IOException e) {
            throw new OutputClosedException(e);
        }
    }

    private void drain() {
        final int bytes = filled;
        // What cannot be written is not tried again by the flush at the end.
        filled = 0;
        send(buffer, 0, bytes);
    }

    private void send(byte[] bytes, int from, int length) {
        if (length == 0) {
            return;
        }
        try {
            target.write(bytes, from, length);
        } catch (IOException e) {
            throw new OutputClosedException(e);
        }
    }
}
