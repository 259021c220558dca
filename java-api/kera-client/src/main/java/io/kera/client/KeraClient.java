package io.kera.client;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.BrokerCalls;
import io.kera.client.session.Checks;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session with a broker, and the producers, consumers and administration that use it.
 *
 * <p>Any thread may use it. If {@link Builder#ioThread(boolean)} is false, one thread must do everything, and work is
 * done only inside its calls. A {@link Producer} is for any number of threads; an {@link ExclusiveProducer} or a consumer
 * belongs to one thread at a time. {@link #close} may be called from any thread and more than once. It also closes the client's producers and consumers.
 *
 * <pre>{@code
 * try (KeraClient connected = KeraClient.connect("tcp:127.0.0.1:4150");
 *         Producer clicks = connected.producer()) {
 *     connected.admin().createStream("clicks", StreamSettings.DEFAULT);
 *     clicks.send(Record.of("clicks", "user-7", "checkout")).join();
 * }
 * }</pre>
 */
public final class KeraClient implements AutoCloseable {
    private final NativeClient nativeClient;
    private final Admin admin;
    private final long callTimeoutNs;
    private final String name;
    /** Replaced as a whole, so that it can be read without a lock. */
    private volatile AutoCloseable[] children = {};

    private KeraClient(NativeClient nativeClient, Builder options) {
        this.nativeClient = nativeClient;
        this.callTimeoutNs = options.callTimeoutNs;
        this.name = options.clientName;
        this.admin = new Admin(new BrokerCalls(nativeClient, callTimeoutNs));
    }

    /** Connects with default options, to a URI such as {@code tcp:127.0.0.1:4150} or {@code shm:/run/kera/node.sock}. */
    public static KeraClient connect(String uri) {
        return builder().uri(uri).connect();
    }

    public static Builder builder() {
        return new Builder();
    }

    public Admin admin() {
        return admin;
    }

    /** A producer of any number of threads with default options. It needs the client's I/O thread. */
    public Producer producer() {
        return producer(ProducerOptions.defaults());
    }

    public Producer producer(ProducerOptions options) {
        return adopt(Producer.open(this, options));
    }

    /** A producer of one thread with default options. */
    public ExclusiveProducer exclusiveProducer() {
        return exclusiveProducer(ProducerOptions.defaults());
    }

    public ExclusiveProducer exclusiveProducer(ProducerOptions options) {
        return adopt(ExclusiveProducer.open(this, options));
    }

    /**
     * A producer with options of its own: {@code client.newProducer().acks(AckLevel.DISK).open()}; {@code
     * openExclusive()} makes one of one thread.
     */
    public ProducerOptions.Builder newProducer() {
        return new ProducerOptions.Builder(this);
    }

    /** A consumer with options of its own: {@code client.newConsumer().push(true).open()}. */
    public ConsumerOptions.Builder newConsumer() {
        return new ConsumerOptions.Builder(this);
    }

    /** A consumer with default options. */
    public Consumer consumer() {
        return consumer(ConsumerOptions.defaults());
    }

    public Consumer consumer(ConsumerOptions options) {
        return adopt(Consumer.open(this, options));
    }

    /** Without an I/O thread: does the work that is ready. Returns 0 if there was none. */
    public int poll() {
        try {
            int work = nativeClient.poll();
            for (final AutoCloseable child : children) {
                if (child instanceof ExclusiveProducer producer) {
                    work += producer.runCallbacks();
                }
            }
            return work;
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Without an I/O thread: sleeps until there is work, or until the timeout. */
    public void await(Duration timeout) {
        try {
            nativeClient.await(Checks.notNegative("timeout_ns", timeout));
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Whether there is a session now. After a loss the client connects again by itself. */
    public boolean isConnected() {
        return !nativeClient.isClosed() && nativeClient.isConnected();
    }

    public boolean isClosed() {
        return nativeClient.isClosed();
    }

    @Override
    public void close() {
        for (final AutoCloseable child : children) {
            closeQuietly(child);
        }
        nativeClient.close();
    }

    NativeClient nativeClient() {
        return nativeClient;
    }

    long callTimeoutNs() {
        return callTimeoutNs;
    }

    String name() {
        return name;
    }

    synchronized void forget(AutoCloseable child) {
        final List<AutoCloseable> left = new ArrayList<>(List.of(children));
        left.remove(child);
        children = left.toArray(new AutoCloseable[0]);
    }

    private synchronized <T extends AutoCloseable> T adopt(T child) {
        final List<AutoCloseable> all = new ArrayList<>(List.of(children));
        all.add(child);
        children = all.toArray(new AutoCloseable[0]);
        return child;
    }

    /** Records that a producer could not flush have had their callbacks; closing continues. */
    private static void closeQuietly(AutoCloseable child) {
        try {
            child.close();
        } catch (Exception e) {
            System.getLogger(KeraClient.class.getName()).log(System.Logger.Level.WARNING, "close", e);
        }
    }

    /** Makes a {@link KeraClient}. One thread. The defaults are those of libkera; a test compares them. */
    public static final class Builder {
        private @Nullable String uri;
        private String clientName = "kera";
        private @Nullable String token;
        private boolean ioThread = true;
        private long callTimeoutNs = 30_000_000_000L;
        private long connectTimeoutNs = 10_000_000_000L;
        private long keepAliveNs = 15_000_000_000L;
        private long reconnectInitialNs = 20_000_000;
        private long reconnectMaxNs = 2_000_000_000;
        private long sendMemoryBytes = 64L << 20;
        private long receiveMemoryBytes = 512L << 20;
        private int idlePollsMax = 2000;

        private Builder() {}

        /** Where the broker listens: {@code tcp:host:port} or {@code shm:/path}. There is no default. */
        public Builder uri(String where) {
            uri = where;
            return this;
        }

        /** The client's name, which the broker gets; default {@code kera}. */
        public Builder clientName(String shown) {
            clientName = shown;
            return this;
        }

        /** The token that the broker requires; default none. */
        public Builder token(@Nullable String secret) {
            token = secret;
            return this;
        }

        /** Whether the client has its own I/O thread; default true. Without it, the caller's thread does the work. */
        public Builder ioThread(boolean own) {
            ioThread = own;
            return this;
        }

        /** Limit of calls that have no timeout of their own; default 30 s. */
        public Builder callTimeout(Duration wait) {
            callTimeoutNs = Checks.positive("call_timeout_ns", wait);
            return this;
        }

        /** Limit of one attempt to connect; default 10 s. */
        public Builder connectTimeout(Duration wait) {
            connectTimeoutNs = Checks.positive("connect_timeout_ns", wait);
            return this;
        }

        /** Silence after which the client sends a ping; default 15 s. */
        public Builder keepAlive(Duration silence) {
            keepAliveNs = Checks.positive("keep_alive_ns", silence);
            return this;
        }

        /** First wait before connecting again; doubles each time, with jitter; default 20 ms. */
        public Builder reconnectInitial(Duration wait) {
            reconnectInitialNs = Checks.positive("reconnect_initial_ns", wait);
            return this;
        }

        /** Longest wait between attempts; default 2 s. */
        public Builder reconnectMax(Duration wait) {
            reconnectMaxNs = Checks.positive("reconnect_max_ns", wait);
            return this;
        }

        /** Memory for chunks that is shared with the broker (shm only); default 64 MiB. */
        public Builder sendMemoryBytes(long bytes) {
            sendMemoryBytes = Checks.within("send_memory_bytes", bytes, 0, 1L << 40);
            return this;
        }

        /** Limit of bytes that are received and not yet read; default 512 MiB. */
        public Builder receiveMemoryBytes(long bytes) {
            receiveMemoryBytes = Checks.within("receive_memory_bytes", bytes, 1, 1L << 40);
            return this;
        }

        /** Polls without work before a thread sleeps; default 2000. */
        public Builder idlePollsMax(int polls) {
            idlePollsMax = Checks.within("idle_polls_max", polls, 0, Integer.MAX_VALUE);
            return this;
        }

        NativeOptions toNative() {
            return NativeOptions.ofClient()
                    .set("io_thread", ioThread)
                    .set("client_name", clientName)
                    .set("token", token)
                    .set("call_timeout_ns", callTimeoutNs)
                    .set("connect_timeout_ns", connectTimeoutNs)
                    .set("keep_alive_ns", keepAliveNs)
                    .set("reconnect_initial_ns", reconnectInitialNs)
                    .set("reconnect_max_ns", reconnectMaxNs)
                    .set("send_memory_bytes", sendMemoryBytes)
                    .set("receive_memory_bytes", receiveMemoryBytes)
                    .set("idle_polls_max", idlePollsMax);
        }

        /** Connects, and waits for the session for at most the call timeout. */
        public KeraClient connect() {
            final String where = uri;
            if (where == null) {
                throw KeraException.of(
                        ErrorCode.INVALID_ARGUMENT, "uri is missing; give tcp:host:port or shm:/path", 0, 0);
            }
            try {
                return new KeraClient(NativeClient.connect(where, toNative(), callTimeoutNs), this);
            } catch (NativeException e) {
                throw Refusals.of(e);
            }
        }
    }
}
