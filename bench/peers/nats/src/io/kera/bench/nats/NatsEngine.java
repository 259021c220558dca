package io.kera.bench.nats;

import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Engine;
import io.kera.bench.load.Sink;
import io.kera.bench.load.Source;
import io.kera.bench.load.Workload;
import io.nats.client.Connection;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.DeliverPolicy;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/**
 * NATS JetStream by its own Java client: published asynchronously, each record with its acknowledgement; read by an
 * ordered consumer. A stream is a subject of its own. Compiled on demand against the peer's jars.
 */
public final class NatsEngine implements Engine {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SENT_AT = 8;
    /** What Go's client allows by default; the Java client leaves the limit to who uses it. */
    private static final int UNDER_WAY_MAX = 4000;

    private final String server;
    private final StorageType storage;
    private final Connection admin;

    /** {@code nats://HOST:PORT?storage=file} or {@code memory}. */
    public NatsEngine(String uri, boolean oneThread) {
        server = uri.substring(0, uri.indexOf('?'));
        storage = uri.endsWith("memory") ? StorageType.Memory : StorageType.File;
        admin = connect();
    }

    private Connection connect() {
        try {
            return Nats.connect(Options.builder().server(server).noReconnect().build());
        } catch (IOException e) {
            throw new IllegalStateException("server=" + server + " cannot be reached", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        if (streamlets != 1) {
            throw new IllegalArgumentException("streamlets=" + streamlets + " limit=1; JetStream has one sequence");
        }
        try {
            final StreamConfiguration.Builder settings =
                    StreamConfiguration.builder().name(name).subjects(name).storageType(storage);
            if (retentionBytes > 0) {
                settings.maxBytes(retentionBytes).discardPolicy(DiscardPolicy.Old);
            }
            admin.jetStreamManagement().addStream(settings.build());
        } catch (IOException | JetStreamApiException e) {
            throw new IllegalStateException("stream=" + name + " cannot be made", e);
        }
    }

    @Override
    public void deleteStream(String name) {
        try {
            admin.jetStreamManagement().deleteStream(name);
        } catch (IOException | JetStreamApiException e) {
            throw new IllegalStateException("stream=" + name + " cannot be deleted", e);
        }
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        return new NatsSink(connect(), new Semaphore(UNDER_WAY_MAX), workload, acks, new LongAdder(), true);
    }

    @Override
    public boolean sharesSinks(Workload workload) {
        return true;
    }

    @Override
    public Source source(Workload workload, int share, int shares) {
        return new NatsSource(connect(), workload.streamName(0));
    }

    @Override
    public void close() {
        close(admin);
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException(e);
    }

    /** Publishes, and waits where too much has no acknowledgement. One thread; others share the connection. */
    private static final class NatsSink implements Sink {
        private final Connection connection;
        private final JetStream stream;
        private final Semaphore underWay;
        private final Workload workload;
        private final AckTimes acks;
        private final LongAdder failures;
        private final boolean isFirst;
        private final byte[] bytes;

        NatsSink(
                Connection connection,
                Semaphore underWay,
                Workload workload,
                AckTimes acks,
                LongAdder failures,
                boolean isFirst) {
            this.connection = connection;
            this.underWay = underWay;
            this.workload = workload;
            this.acks = acks;
            this.failures = failures;
            this.isFirst = isFirst;
            bytes = new byte[workload.payload().longest()];
            new Random(1).nextBytes(bytes);
            try {
                stream = connection.jetStream();
            } catch (IOException e) {
                throw new IllegalStateException("no JetStream", e);
            }
        }

        @Override
        public void send(int number, long dueNs, long sentNs, int length, boolean sampled) {
            // The client keeps it until it is written, so that it cannot be used again.
            final byte[] value = java.util.Arrays.copyOf(bytes, length);
            LONGS.set(value, 0, dueNs);
            LONGS.set(value, SENT_AT, sentNs);
            underWay.acquireUninterruptibly();
            stream.publishAsync(workload.streamName(number), value).whenComplete((acknowledged, error) -> {
                underWay.release();
                if (error != null) {
                    failures.increment();
                } else if (sampled) {
                    acks.acknowledged(dueNs);
                }
            });
        }

        @Override
        public Sink share() {
            return new NatsSink(connection, underWay, workload, acks, failures, false);
        }

        @Override
        public void flush() {
            underWay.acquireUninterruptibly(UNDER_WAY_MAX);
            underWay.release(UNDER_WAY_MAX);
        }

        @Override
        public long failures() {
            return isFirst ? failures.sum() : 0;
        }

        @Override
        public void close() {
            if (isFirst) {
                NatsEngine.close(connection);
            }
        }
    }

    /** One record after the other. One thread. */
    private static final class NatsSource implements Source {
        private static final long NANOS_OF_MS = 1_000_000;

        private final Connection connection;
        private final String stream;
        private IterableConsumer consumer;

        NatsSource(Connection connection, String stream) {
            this.connection = connection;
            this.stream = stream;
            consumer = open();
        }

        private IterableConsumer open() {
            try {
                return connection
                        .getStreamContext(stream)
                        .createOrderedConsumer(new OrderedConsumerConfiguration().deliverPolicy(DeliverPolicy.All))
                        .iterate();
            } catch (IOException | JetStreamApiException e) {
                throw new IllegalStateException("stream=" + stream + " cannot be read", e);
            }
        }

        @Override
        public int poll(Handler handler, long timeoutNs) {
            try {
                final Message message = consumer.nextMessage(Math.max(1, timeoutNs / NANOS_OF_MS));
                if (message == null) {
                    return 0;
                }
                final byte[] value = message.getData();
                handler.onRecord((long) LONGS.get(value, 0), (long) LONGS.get(value, SENT_AT), value.length);
                return 1;
            } catch (JetStreamStatusCheckedException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }

        @Override
        public void rewind() {
            consumer.stop();
            consumer = open();
        }

        @Override
        public void close() {
            consumer.stop();
            NatsEngine.close(connection);
        }
    }
}
