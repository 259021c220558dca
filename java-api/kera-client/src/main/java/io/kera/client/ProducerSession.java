package io.kera.client;

import io.kera.client.errors.KeraException;
import io.kera.client.produce.CallbackRunner;
import io.kera.client.produce.ChunkCallbacks;
import io.kera.client.produce.ChunkSupply;
import io.kera.client.produce.MessagesToLoop;
import io.kera.client.produce.OpenChunk;
import io.kera.client.produce.SharedChunks;
import io.kera.client.produce.StreamGrowth;
import io.kera.client.produce.StreamletChoice;
import io.kera.client.session.Checks;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeClient;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeProducer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What both kinds of producers have: their native half, the memory for chunks, and callbacks.
 *
 * <p>Any thread. Owns the native half until its owner releases it.
 */
final class ProducerSession {
    private final KeraClient client;
    private final NativeProducer nativeProducer;
    private final MessagesToLoop toLoop;
    private final SharedChunks chunks;
    private final StreamGrowth growth = new StreamGrowth();
    private final CallbackRunner runner;
    private final ChunkSupply supply;

    ProducerSession(KeraClient client, NativeProducer nativeProducer, ProducerOptions options) {
        this.client = client;
        this.nativeProducer = nativeProducer;
        final NativeClient nativeClient = client.nativeClient();
        toLoop = new MessagesToLoop(nativeClient, nativeProducer);
        chunks = new SharedChunks(nativeProducer, toLoop, growth, options.streamletChunksMax());
        runner = new CallbackRunner(client.name(), chunks, ProducerSession::call);
        supply =
                new ChunkSupply(nativeClient, nativeProducer, chunks, toLoop, runner, Checks.nanos(options.maxBlock()));
    }

    /** {@link ChunkCallbacks} keep what {@code send} was given. */
    private static void call(Object callback, ChunkCallbacks settled, int record) {
        ((SendCallback) callback)
                .onOutcome(
                        settled.target().stream(),
                        settled.target().streamlet(),
                        settled.offset(record),
                        settled.appendTimeMs(),
                        settled.isDuplicate(),
                        settled.error());
    }

    KeraClient client() {
        return client;
    }

    ChunkSupply supply() {
        return supply;
    }

    /** By what messages name the stream. */
    int attach(StreamInfo info) {
        try {
            return nativeProducer.attach(info.id(), info.streamlets());
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** From now on, the choice learns of more streamlets. */
    void follow(int streamHandle, StreamletChoice<?> choice) {
        growth.follow(streamHandle, choice);
    }

    void flush(long timeoutNs) {
        final long deadline = System.nanoTime() + Math.min(timeoutNs, Long.MAX_VALUE / 2);
        supply.repair();
        supply.awaitPublished();
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

    void recover(OpenChunk chunk) {
        try {
            nativeProducer.recover(chunk.streamHandle(), chunk.streamlet());
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        chunks.recovered(chunk);
    }

    ProducerStats stats() {
        try {
            return ProducerStats.read(nativeProducer);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Runs the callbacks of records that have their outcome. */
    int runCallbacks() {
        return runner.runSettled();
    }

    /** Before the end: for at most the client's call timeout. */
    void flushAtEnd() {
        try {
            nativeProducer.flush(client.callTimeoutNs());
        } catch (NativeException e) {
            warn("closed with records that have no outcome: {0}", String.valueOf(e.getMessage()));
        }
    }

    static void warn(String text, Object detail) {
        System.getLogger(Producer.class.getName()).log(System.Logger.Level.WARNING, text, detail);
    }

    /** Records that are left fail, and nothing native is touched any more, except by those who write a record. */
    void end() {
        runner.stop();
        runner.runSettled();
        chunks.close(Refusals.closed("producer"));
        runner.runSettled();
        toLoop.close();
    }

    /** Of many threads: nobody can add a record any more. Whether those are done who were adding one. */
    boolean refuse() {
        return supply.closeToThreads(System.nanoTime() + client.callTimeoutNs());
    }

    void release() {
        nativeProducer.release();
    }

    /** The future of a record, which is its own callback: one object for each record. */
    static final class SendFuture extends CompletableFuture<RecordMetadata> implements SendCallback {
        @Override
        public void onOutcome(
                String stream,
                int streamlet,
                long offset,
                long appendTimeMs,
                boolean duplicate,
                @Nullable KeraException error) {
            if (error != null) {
                completeExceptionally(error);
            } else {
                complete(new RecordMetadata(stream, streamlet, offset, appendTimeMs, duplicate));
            }
        }
    }
}
