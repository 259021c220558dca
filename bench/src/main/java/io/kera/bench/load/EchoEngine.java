package io.kera.bench.load;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Random;

/** One connection to a server that sends back what it is sent: the machine's own limit. One producer, one consumer. */
public final class EchoEngine implements Engine {
    private static final int LENGTH_BYTES = 4;
    private static final int WAIT_MS = 20;

    private final Socket socket;

    public EchoEngine(String address, boolean oneThread) {
        final int colon = address.lastIndexOf(':');
        try {
            socket = new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(WAIT_MS);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        // The connection is the stream.
    }

    @Override
    public void deleteStream(String name) {
        // It ends with the connection.
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        return new EchoSink(workload.payload().longest());
    }

    @Override
    public Source source(Workload workload, int share, int shares) {
        return new EchoSource(workload.payload().longest());
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One write for each record. */
    private final class EchoSink implements Sink {
        private final ByteBuffer frame;

        EchoSink(int longest) {
            frame = ByteBuffer.allocate(LENGTH_BYTES + longest);
            new Random(1).nextBytes(frame.array());
        }

        @Override
        public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
            frame.putInt(0, length).putLong(LENGTH_BYTES, dueNs).putLong(LENGTH_BYTES + Long.BYTES, sentNs);
            try {
                final OutputStream out = socket.getOutputStream();
                out.write(frame.array(), 0, LENGTH_BYTES + length);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void flush() {
            // Nothing is acknowledged but by being read.
        }

        @Override
        public long failures() {
            return 0;
        }

        @Override
        public void close() {
            // The connection is the engine's.
        }
    }

    /** Reads what came back, record by record. */
    private final class EchoSource implements Source {
        private final ByteBuffer record;

        EchoSource(int longest) {
            record = ByteBuffer.allocate(LENGTH_BYTES + longest);
        }

        /** Waits as long as the connection is set to: a timeout of its own would be one more call for each record. */
        @Override
        public int poll(Handler handler, long timeoutNs) {
            try {
                final InputStream in = socket.getInputStream();
                final int some = in.read(record.array(), 0, LENGTH_BYTES);
                final DataInputStream rest = new DataInputStream(in);
                rest.readFully(record.array(), some, LENGTH_BYTES - some);
                final int length = record.getInt(0);
                rest.readFully(record.array(), LENGTH_BYTES, length);
                handler.onRecord(record.getLong(LENGTH_BYTES), record.getLong(LENGTH_BYTES + Long.BYTES), length);
                return 1;
            } catch (SocketTimeoutException e) {
                return 0;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void rewind() {
            throw new UnsupportedOperationException("an echo is heard once");
        }

        @Override
        public void close() {
            // The connection is the engine's.
        }
    }
}
