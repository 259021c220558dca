package io.kera.client;

import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Writes records straight into the chunks that will travel.
 *
 * <p>One thread at a time; {@link #close()}, {@link #flush()} and the statistics may come from any. On the steady path
 * nothing is allocated, copied twice, or called into the library: see {@link ChunkFiller} for how. Within a streamlet
 * records keep the order of their claims, and retries neither duplicate nor reorder them.
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
    private final Outbox outbox;
    private final ChunkFiller filler;
    private final Gate gate;
    private final OutcomeThread outcomes;
    private final Map<String, StreamWriter> streams = new HashMap<>();
    private final Claim claim = new Claim(this);

    private Producer(KeraClient client, NativeProducer nativeProducer, ProducerOptions options) {
        this.client = client;
        this.nativeProducer = nativeProducer;
        final ToLoop toLoop = new ToLoop(client.nativeClient(), nativeProducer);
        outbox = new Outbox(nativeProducer, toLoop);
        filler = new ChunkFiller(client.nativeClient(), nativeProducer, outbox, toLoop, options);
        gate = new Gate("producer", this::free);
        outcomes = new OutcomeThread(client.name(), outbox);
    }

    static Producer open(KeraClient client, ProducerOptions options) {
        try {
            final NativeProducer opened =
                    NativeProducer.open(client.nativeClient(), options.toNative(), client.callTimeoutNs());
            return new Producer(client, opened, options);
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
    }

    /**
     * A stream to write to, looked up once.
     *
     * @throws UnknownStreamException there is none of that name
     */
    public StreamWriter stream(String name) {
        final StreamWriter known = streams.get(name);
        if (known != null) {
            return known;
        }
        final StreamInfo info = client.admin().describeStream(name);
        try {
            final int handle = nativeProducer.attach(info.id(), info.streamlets());
            final StreamWriter made =
                    new StreamWriter(this, name, handle, info.streamlets(), random(info.streamlets()));
            streams.put(name, made);
            filler.add(made);
            return made;
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
    }

    /** Room for a value without a key. */
    public Claim claim(String stream, int valueLength) {
        return stream(stream).claim(valueLength);
    }

    /** Room for a value without a key, in that streamlet. */
    public Claim claim(String stream, int streamlet, int valueLength) {
        return stream(stream).claim(streamlet, valueLength);
    }

    /** Room for a value with a key, which chooses the streamlet. */
    public Claim claim(String stream, DirectBuffer key, int keyIndex, int keyLength, int valueLength) {
        return stream(stream).claim(key, keyIndex, keyLength, valueLength);
    }

    /** Sends a record; the future tells where it is, or why it is not. */
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

    /** Sends a record; the callback, which may be used for any number of records, is told what became of it. */
    public void send(Record record, SendCallback callback) {
        sendOne(record, callback);
        if (client.nativeClient().hasIoThread()) {
            outcomes.expect();
        }
    }

    /** Sends a record about whose fate nobody wants to know more than {@link #stats} says. Allocates nothing. */
    public void offer(Record record) {
        sendOne(record, null);
    }

    /** An object, made bytes by the serialiser; without a key. */
    public <V> CompletableFuture<RecordMetadata> send(String stream, V value, Serializer<V> values) {
        return send(new Record(stream).value(values.write(value)));
    }

    /** A key and an object, made bytes by their serialisers. */
    public <K, V> CompletableFuture<RecordMetadata> send(
            String stream, K key, Serializer<K> keys, V value, Serializer<V> values) {
        return send(new Record(stream).key(keys.write(key)).value(values.write(value)));
    }

    private void sendOne(Record record, @Nullable SendCallback callback) {
        final StreamWriter writer = stream(record.stream());
        final OpenChunk chunk = record.chooseChunk(writer);
        final int bytes = record.bytes();
        enter();
        try {
            filler.send(chunk, record, bytes, callback);
        } catch (NativeException e) {
            throw KeraException.of(e);
        } finally {
            gate.leave();
        }
    }

    Claim claim(OpenChunk chunk, int valueLength) {
        final int bytes = StreamWriter.plainRecordBytes(valueLength);
        enter();
        boolean claimed = false;
        try {
            filler.claimPlain(chunk, bytes, valueLength);
            claimed = true;
        } finally {
            if (!claimed) {
                gate.leave();
            }
        }
        claim.begin(filler.valueAddress(), valueLength, chunk.streamlet);
        return claim;
    }

    Claim claim(OpenChunk chunk, DirectBuffer key, int keyIndex, int keyLength, int valueLength) {
        StreamWriter.plainRecordBytes(valueLength);
        enter();
        boolean claimed = false;
        try {
            filler.claimKeyed(chunk, key, keyIndex, keyLength, valueLength);
            claimed = true;
        } finally {
            if (!claimed) {
                gate.leave();
            }
        }
        claim.begin(filler.valueAddress(), valueLength, chunk.streamlet);
        return claim;
    }

    void commit() {
        if (!filler.hasClaim()) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "no_claim_is_open", 0, 0);
        }
        claim.end();
        try {
            filler.commit();
        } catch (NativeException e) {
            throw KeraException.of(e);
        } finally {
            gate.leave();
        }
    }

    void abort() {
        if (filler.hasClaim()) {
            claim.end();
            filler.abort();
            gate.leave();
        }
    }

    int random(int bound) {
        return bound == 1 ? 0 : ThreadLocalRandom.current().nextInt(bound);
    }

    /** Until every record has its outcome, and the callbacks have run. Failed records do not fail the flush. */
    public void flush() {
        flush(client.callTimeoutNs());
    }

    /** As {@link #flush()}, with a time of its own. */
    public void flush(Duration timeout) {
        flush(Checks.notNegative("timeout_ns", timeout));
    }

    private void flush(long timeoutNs) {
        if (filler.hasClaim() && gate.isUser()) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "claim_is_open", 0, 1);
        }
        final long deadline = System.nanoTime() + Math.min(timeoutNs, Long.MAX_VALUE / 2);
        try {
            nativeProducer.flush(timeoutNs);
            if (client.nativeClient().hasIoThread()) {
                outcomes.awaitQuiet(deadline);
            } else {
                runCompletions();
            }
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
    }

    /** Lets a streamlet that was stopped by a final refusal take records again. */
    public void recover(String stream, int streamlet) {
        final StreamWriter writer = stream(stream);
        final OpenChunk chunk = writer.chunk(streamlet);
        try {
            nativeProducer.recover(writer.handle(), streamlet);
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
        outbox.recovered(chunk);
    }

    /** What it has done so far. */
    public ProducerStats stats() {
        try {
            return ProducerStats.read(nativeProducer);
        } catch (NativeException e) {
            throw KeraException.of(e);
        }
    }

    /** Flushes for at most the client's call timeout; what is left then fails with {@link ClosedException}. */
    @Override
    public void close() {
        if (gate.isClosed()) {
            gate.close();
            return;
        }
        if (gate.isUser()) {
            abort();
        }
        try {
            // Without an I/O thread only the one that uses the client may do its work.
            if (client.nativeClient().hasIoThread() || gate.mayBeAlone()) {
                nativeProducer.flush(client.callTimeoutNs());
            }
        } catch (NativeException e) {
            System.getLogger(Producer.class.getName())
                    .log(System.Logger.Level.WARNING, "closed with records that have no outcome: {0}", e.getMessage());
        }
        outcomes.stop();
        outbox.close();
        gate.close();
        client.forget(this);
    }

    /** Without an I/O thread: tells callbacks of what is settled. */
    int runCompletions() {
        return outbox.runCompletions();
    }

    private void enter() {
        if (filler.hasClaim() && gate.isUser()) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "claim_is_open", 1, 2);
        }
        gate.enter();
    }

    private void free() {
        nativeProducer.release();
    }
}
