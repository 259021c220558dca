package io.kera.client;

import io.kera.client.errors.ClosedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.produce.Callbacks;
import io.kera.client.produce.ChunkSupply;
import io.kera.client.produce.MessagesToLoop;
import io.kera.client.produce.OpenChunk;
import io.kera.client.produce.OwnerCloseGuard;
import io.kera.client.produce.SharedChunk;
import io.kera.client.produce.SharedChunks;
import io.kera.client.session.Checks;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends records. It writes them directly into the chunks that are sent.
 *
 * <p>One thread at a time; {@link #close()}, {@link #flush()} and {@link #stats()} may be called from any thread. A
 * claim allocates nothing, copies nothing twice, and makes no call into libkera. Within a streamlet, records keep the
 * order of their claims. Retries neither duplicate nor reorder them.
 *
 * <pre>{@code
 * try (Producer clicks = client.producer()) {
 *     clicks.send(Record.of("clicks", "user-7", "checkout")).join();
 * }
 * }</pre>
 */
public final class Producer implements AutoCloseable {
    private final KeraClient client;
    private final NativeProducer nativeProducer;
    private final Callbacks<SendCallback> callbacks = new Callbacks<>();
    private final SharedChunks chunks;
    private final ChunkSupply supply;
    private final CallbackRunner runner;
    private final OwnerCloseGuard guard;
    private final Claim claim;
    private final Map<String, StreamWriter> streams = new HashMap<>();

    private Producer(KeraClient client, NativeProducer nativeProducer, ProducerOptions options) {
        this.client = client;
        this.nativeProducer = nativeProducer;
        final NativeClient nativeClient = client.nativeClient();
        final MessagesToLoop toLoop = new MessagesToLoop(nativeClient, nativeProducer);
        chunks = new SharedChunks(nativeProducer, toLoop, callbacks);
        supply = new ChunkSupply(
                nativeClient,
                nativeProducer,
                chunks,
                toLoop,
                options.streamletChunksMax(),
                Checks.nanos(options.maxBlock()));
        runner = new CallbackRunner(client.name(), chunks, callbacks);
        guard = new OwnerCloseGuard("producer", nativeProducer::release);
        claim = new Claim(guard);
    }

    static Producer open(KeraClient client, ProducerOptions options) {
        try {
            final NativeProducer opened =
                    NativeProducer.open(client.nativeClient(), options.toNative(), client.callTimeoutNs());
            return new Producer(client, opened, options);
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
        final StreamInfo info = client.admin().describeStream(name);
        try {
            final int handle = nativeProducer.attach(info.id(), info.streamlets());
            final OpenChunk[] open = new OpenChunk[info.streamlets()];
            for (int streamlet = 0; streamlet < open.length; streamlet++) {
                open[streamlet] = new OpenChunk(supply, name, handle, streamlet);
            }
            final StreamWriter made = new StreamWriter(claim, name, open);
            streams.put(name, made);
            return made;
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
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
        final CompletableFuture<RecordMetadata> future = new CompletableFuture<>();
        send(record, (stream, streamlet, offset, timeMs, duplicate, error) -> {
            if (error != null) {
                future.completeExceptionally(error);
            } else {
                future.complete(new RecordMetadata(stream, streamlet, offset, timeMs, duplicate));
            }
        });
        return future;
    }

    /** Sends a record. The callback gets its outcome; one callback may be used for any number of records. */
    public void send(Record record, SendCallback callback) {
        sendOne(record, callback);
        if (client.nativeClient().hasIoThread()) {
            runner.expect();
        }
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
        final OpenChunk chunk = record.chooseChunk(stream(record.stream()));
        final int bytes = record.bytes();
        claim.enter();
        try {
            do {
                layOut(record, bytes, chunk);
            } while (!(callback == null ? chunk.tryCommit(bytes) : tryCommit(chunk, bytes, callback)));
            chunk.afterCommit(bytes);
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            guard.leave();
        }
    }

    private static void layOut(Record record, int bytes, OpenChunk chunk) {
        final SharedChunk memory =
                record.hasOwnTime() ? chunk.reserve(bytes, record.timestampMs()) : chunk.reserve(bytes);
        final int delta = record.hasOwnTime() ? (int) (record.timestampMs() - memory.firstTimestampMs()) : 0;
        record.write(memory.memory(), memory.position(), bytes, delta);
    }

    /** It holds the lock over both steps, so no outcome can come between callback and record. */
    private boolean tryCommit(OpenChunk chunk, int bytes, SendCallback callback) {
        chunks.lock();
        try {
            final SharedChunk memory = chunk.ask();
            if (memory == null) {
                return false;
            }
            callbacks.add(memory.number(), memory.recordCount(), callback);
            final boolean committed = chunk.tryCommit(bytes);
            if (!committed) {
                callbacks.removeLast(memory.number());
            }
            return committed;
        } finally {
            chunks.unlock();
        }
    }

    /** Waits until every record has its outcome and the callbacks have run. Failed records do not fail the flush. */
    public void flush() {
        flush(client.callTimeoutNs());
    }

    /** As {@link #flush()}, with a timeout. */
    public void flush(Duration timeout) {
        flush(Checks.notNegative("timeout_ns", timeout));
    }

    private void flush(long timeoutNs) {
        if (claim.isOpen() && guard.isUser()) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "claim_is_open", 0, 1);
        }
        final long deadline = System.nanoTime() + Math.min(timeoutNs, Long.MAX_VALUE / 2);
        try {
            nativeProducer.flush(timeoutNs);
            if (client.nativeClient().hasIoThread()) {
                runner.awaitQuiet(deadline);
            } else {
                runCallbacks();
            }
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Lets a streamlet accept records again after a final refusal has stopped it. */
    public void recover(String stream, int streamlet) {
        final OpenChunk chunk = stream(stream).chunk(streamlet);
        try {
            nativeProducer.recover(chunk.streamHandle(), streamlet);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        chunks.recovered(chunk);
    }

    /** Counts of what the producer has done so far. */
    public ProducerStats stats() {
        try {
            return ProducerStats.read(nativeProducer);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
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
        try {
            // Without an I/O thread only the one that uses the client may do its work.
            if (client.nativeClient().hasIoThread() || guard.mayBeAlone()) {
                nativeProducer.flush(client.callTimeoutNs());
            }
        } catch (NativeException e) {
            System.getLogger(Producer.class.getName())
                    .log(System.Logger.Level.WARNING, "closed with records that have no outcome: {0}", e.getMessage());
        }
        runner.stop();
        runner.runSettled();
        chunks.close(Refusals.closed("producer"));
        runner.runSettled();
        guard.close();
        client.forget(this);
    }

    /** Without an I/O thread: runs the callbacks of records that have their outcome. */
    int runCallbacks() {
        return runner.runSettled();
    }
}
