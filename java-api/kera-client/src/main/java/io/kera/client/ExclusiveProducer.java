package io.kera.client;

import io.kera.client.errors.ClosedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.produce.ExclusiveOpenChunk;
import io.kera.client.produce.OwnerCloseGuard;
import io.kera.client.produce.SharedChunk;
import io.kera.client.produce.StreamletChoice;
import io.kera.client.session.Checks;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends records of one thread; the fastest way. It writes them directly into the chunks that are sent.
 *
 * <p>One thread at a time; {@link #close()}, {@link #flush()} and {@link #stats()} may be called from any thread. A
 * {@link Producer} is for any number of threads. A claim allocates nothing, copies nothing twice, and makes no call into
 * libkera. Within a streamlet, records keep the order of their claims. Retries neither duplicate nor reorder them.
 *
 * <pre>{@code
 * try (ExclusiveProducer clicks = client.exclusiveProducer();
 *         Claim claim = clicks.claim("clicks", 8)) {
 *     claim.buffer().putLong(claim.offset(), System.nanoTime());
 *     claim.commit();
 * }
 * }</pre>
 */
public final class ExclusiveProducer implements AutoCloseable {
    private final ProducerSession session;
    private final OwnerCloseGuard guard;
    private final Claim claim;
    private final Map<String, StreamWriter> streams = new HashMap<>();

    private ExclusiveProducer(ProducerSession session) {
        this.session = session;
        guard = new OwnerCloseGuard("producer", session::release);
        claim = new Claim(guard);
    }

    static ExclusiveProducer open(KeraClient client, ProducerOptions options) {
        try {
            final NativeProducer opened =
                    NativeProducer.open(client.nativeClient(), options.toNative(), client.callTimeoutNs());
            return new ExclusiveProducer(new ProducerSession(client, opened, options));
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /**
     * Looks up a stream to write to. Only the first call for a name asks the broker.
     *
     * @throws UnknownStreamException there is no stream of this name
     */
    public StreamWriter stream(String name) {
        final StreamWriter known = streams.get(name);
        if (known != null) {
            return known;
        }
        final StreamInfo info = session.client().admin().describeStream(name);
        final int handle = session.attach(info);
        final StreamletChoice<ExclusiveOpenChunk> choice = new StreamletChoice<>(
                name,
                new ExclusiveOpenChunk[0],
                info.streamlets(),
                streamlet -> new ExclusiveOpenChunk(session.supply(), name, handle, streamlet),
                session.supply()::add);
        session.follow(handle, choice);
        final StreamWriter made = new StreamWriter(claim, choice);
        streams.put(name, made);
        return made;
    }

    /** Claims memory for a value without a key. */
    public Claim claim(String stream, int valueLength) {
        return stream(stream).claim(valueLength);
    }

    /** Claims memory for a value without a key, in this streamlet. */
    public Claim claim(String stream, int streamlet, int valueLength) {
        return stream(stream).claim(streamlet, valueLength);
    }

    /** Claims memory for a value with a key, which chooses the streamlet. */
    public Claim claim(String stream, DirectBuffer key, int keyIndex, int keyLength, int valueLength) {
        return stream(stream).claim(key, keyIndex, keyLength, valueLength);
    }

    /** Sends a record. The future has the place of the record, or the error. */
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

    private void sendOne(Record record, @Nullable SendCallback callback) {
        final ExclusiveOpenChunk chunk =
                record.chooseChunk(stream(record.stream()).choice());
        final int bytes = record.bytes();
        claim.enter();
        try {
            do {
                layOut(record, bytes, chunk);
            } while (!(callback == null ? chunk.tryCommit(bytes) : chunk.tryCommit(bytes, callback)));
            chunk.afterCommit(bytes);
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            guard.leave();
        }
    }

    private static void layOut(Record record, int bytes, ExclusiveOpenChunk chunk) {
        final SharedChunk memory =
                record.hasOwnTime() ? chunk.reserve(bytes, record.timestampMs()) : chunk.reserve(bytes);
        final int delta = record.hasOwnTime() ? (int) (record.timestampMs() - memory.firstTimestampMs()) : 0;
        record.write(memory.memory(), memory.position(), bytes, delta);
    }

    /** Waits until every record has its outcome and the callbacks have run. Failed records do not fail the flush. */
    public void flush() {
        flush(session.client().callTimeoutNs());
    }

    /** As {@link #flush()}, with a timeout. */
    public void flush(Duration timeout) {
        flush(Checks.notNegative("timeout_ns", timeout));
    }

    private void flush(long timeoutNs) {
        if (claim.isOpen() && guard.isUser()) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "claim_is_open", 0, 1);
        }
        session.flush(timeoutNs);
    }

    /** Lets a streamlet accept records again after a final refusal has stopped it. */
    public void recover(String stream, int streamlet) {
        session.recover(stream(stream).choice().numbered(streamlet));
    }

    /** Counts of what the producer has done so far. */
    public ProducerStats stats() {
        return session.stats();
    }

    /** Flushes for at most the client's call timeout. Records that are left then fail with {@link ClosedException}. */
    @Override
    public void close() {
        if (guard.isClosed()) {
            guard.close();
            return;
        }
        if (guard.isUser()) {
            claim.close();
        }
        // Without an I/O thread only the one that uses the client may do its work.
        if (session.client().nativeClient().hasIoThread() || guard.mayBeAlone()) {
            session.flushAtEnd();
        }
        session.end();
        guard.close();
        session.client().forget(this);
    }

    /** Without an I/O thread: runs the callbacks of records that have their outcome. */
    int runCallbacks() {
        return session.runCallbacks();
    }
}
