package io.kera.client;

import io.kera.client.errors.ClosedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.produce.ConcurrentOpenChunk;
import io.kera.client.produce.RecordWriter;
import io.kera.client.produce.StreamletChoice;
import io.kera.client.session.Checks;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sends records of any number of threads. It writes them directly into the chunks that are sent.
 *
 * <p>Any thread may call anything at any time. The records of one thread keep their order within a streamlet; retries
 * neither duplicate nor reorder them. Threads do not wait for each other, except for memory. Nothing is allocated for a
 * record with a callback, and one object for a future. A {@link Record} is still one thread's until {@code send} returns.
 *
 * <p>The client needs its I/O thread, which is the default. {@link ExclusiveProducer} is for one thread: it is faster, has
 * claims, and also works without an I/O thread.
 *
 * <pre>{@code
 * try (Producer clicks = client.producer()) {
 *     clicks.send(Record.of("clicks", "user-7", "checkout")).join();
 * }
 * }</pre>
 */
public final class Producer implements AutoCloseable {
    private static final RecordWriter<Record> WRITER = Record::write;

    private final ProducerSession session;
    private final Map<String, StreamletChoice<ConcurrentOpenChunk>> streams = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Producer(ProducerSession session) {
        this.session = session;
    }

    static Producer open(KeraClient client, ProducerOptions options) {
        if (!client.nativeClient().hasIoThread()) {
            throw KeraException.of(
                    ErrorCode.INVALID_ARGUMENT, "client has no I/O thread; use exclusiveProducer()", 1, 0);
        }
        try {
            final NativeProducer opened =
                    NativeProducer.openForThreads(client.nativeClient(), options.toNative(), client.callTimeoutNs());
            return new Producer(new ProducerSession(client, opened, options));
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /**
     * Sends a record. The future has the place of the record, or the error.
     *
     * @throws UnknownStreamException there is no stream of this name
     */
    public CompletableFuture<RecordMetadata> send(Record record) {
        final ProducerSession.SendFuture future = new ProducerSession.SendFuture();
        sendOne(record, future);
        return future;
    }

    /** Sends a record. The callback gets its outcome; one callback may be used for any number of records. */
    public void send(Record record, SendCallback callback) {
        sendOne(record, Objects.requireNonNull(callback, "callback"));
    }

    /** Sends a record whose outcome nobody waits for; {@link #stats} counts it. Allocates nothing. */
    public void offer(Record record) {
        sendOne(record, null);
    }

    /** Sends an object without a key; the serialiser makes its bytes. */
    public <V> CompletableFuture<RecordMetadata> send(String stream, V value, Serializer<V> values) {
        return send(new Record(stream).value(values.write(value)));
    }

    /** Sends an object with a key; the serialisers make their bytes. */
    public <K, V> CompletableFuture<RecordMetadata> send(
            String stream, K key, Serializer<K> keys, V value, Serializer<V> values) {
        return send(new Record(stream).key(keys.write(key)).value(values.write(value)));
    }

    /** Only the first record of a stream asks the broker. */
    StreamletChoice<ConcurrentOpenChunk> stream(String name) {
        final StreamletChoice<ConcurrentOpenChunk> known = streams.get(name);
        return known != null ? known : attach(name);
    }

    private synchronized StreamletChoice<ConcurrentOpenChunk> attach(String name) {
        final StreamletChoice<ConcurrentOpenChunk> known = streams.get(name);
        if (known != null) {
            return known;
        }
        final StreamInfo info = session.client().admin().describeStream(name);
        final int handle = session.attach(info);
        final StreamletChoice<ConcurrentOpenChunk> made = new StreamletChoice<>(
                name,
                new ConcurrentOpenChunk[0],
                info.streamlets(),
                streamlet -> new ConcurrentOpenChunk(session.supply(), name, handle, streamlet),
                session.supply()::add);
        session.follow(handle, made);
        streams.put(name, made);
        return made;
    }

    /** The words of chunks live as long as this object; see {@link NativeProducer}. */
    @SuppressWarnings("ReachabilityFenceUsage")
    private void sendOne(Record record, @Nullable SendCallback callback) {
        final ConcurrentOpenChunk target = record.chooseChunk(stream(record.stream()));
        final int bytes = record.bytes();
        try {
            target.send(WRITER, record, bytes, record.hasOwnTime(), record.timestampMs(), callback);
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Waits until every record has its outcome and the callbacks have run. Failed records do not fail the flush. */
    public void flush() {
        session.flush(session.client().callTimeoutNs());
    }

    /** As {@link #flush()}, with a timeout. */
    public void flush(Duration timeout) {
        session.flush(Checks.notNegative("timeout_ns", timeout));
    }

    /** Lets a streamlet accept records again after a final refusal has stopped it. */
    public void recover(String stream, int streamlet) {
        session.recover(stream(stream).numbered(streamlet));
    }

    /** Counts of what the producer has done so far. */
    public ProducerStats stats() {
        return session.stats();
    }

    /**
     * Takes no more records: threads that send get {@link ClosedException}. Then flushes for at most the client's call
     * timeout. Records that are left then fail with {@link ClosedException}.
     */
    @Override
    public void close() {
        if (closed.getAndSet(true)) {
            return;
        }
        final boolean quiet = session.refuse();
        session.flushAtEnd();
        session.end();
        if (quiet) {
            session.release();
        } else {
            ProducerSession.warn("memory is not freed: a thread has not finished its record within {0}", "callTimeout");
        }
        session.client().forget(this);
    }
}
