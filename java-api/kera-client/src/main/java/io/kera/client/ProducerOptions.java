package io.kera.client;

import io.kera.client.errors.BufferExhaustedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Checks;
import io.kera.ffi.NativeOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Producer} or an {@link ExclusiveProducer} behaves; immutable. The defaults are those of libkera; a test compares them.
 *
 * <pre>{@code
 * ProducerOptions.builder().acks(AckLevel.DISK).linger(Duration.ZERO).build()
 * }</pre>
 */
public final class ProducerOptions {
    /**
     * How a producer compresses its chunks. Consumers read them without being told. A chunk that would not get shorter is
     * sent as it is. Numbers are those of the C ABI.
     */
    public enum Compression {
        /** Chunks are sent as they are. */
        NONE,
        /** Fast, also to decompress; needs the system's liblz4. */
        LZ4,
        /** Shorter, and slower; needs the system's libzstd. */
        ZSTD
    }

    private static final int CHUNK_BYTES_MIN = 1024;
    private static final int CHUNK_BYTES_MAX = 64 << 20;
    private static final int CACHE_LINE_BYTES = 64;

    private final Builder values;

    private ProducerOptions(Builder values) {
        this.values = values;
    }

    public static Builder builder() {
        return new Builder(null);
    }

    /** All options with their defaults. */
    public static ProducerOptions defaults() {
        return builder().build();
    }

    /** What the acknowledgement of a record promises; default {@link AckLevel#REPLICAS}. */
    public AckLevel acks() {
        return values.acks;
    }

    /** Whether retries neither duplicate nor reorder; default true. */
    public boolean idempotent() {
        return values.idempotent;
    }

    /** Size up to which a chunk is filled, with its header; default 64 KiB. */
    public int chunkBytes() {
        return values.chunkBytes;
    }

    /** Memory of all chunks that have no outcome yet; default 32 MiB. */
    public long memoryBytes() {
        return values.memoryBytes;
    }

    /**
     * How long a chunk waits for more records; default 0: not at all when no other chunk is on its way, else until those
     * have their outcome, but at most 1 ms.
     */
    public Duration linger() {
        return Duration.ofNanos(values.lingerNs);
    }

    /** How long a call waits for memory before {@link BufferExhaustedException}; default 60 s. */
    public Duration maxBlock() {
        return Duration.ofNanos(values.maxBlockNs);
    }

    /** Limit from sending a record to its outcome; default 120 s. */
    public Duration deliveryTimeout() {
        return Duration.ofNanos(values.deliveryTimeoutNs);
    }

    /** When an append has no answer for this long, the client opens another session; default 30 s. */
    public Duration requestTimeout() {
        return Duration.ofNanos(values.requestTimeoutNs);
    }

    /** Wait before the first retry; doubles, with jitter; default 5 ms. */
    public Duration retryInitial() {
        return Duration.ofNanos(values.retryInitialNs);
    }

    /** Longest wait before a retry; default 1 s. */
    public Duration retryMax() {
        return Duration.ofNanos(values.retryMaxNs);
    }

    /** Limit of full chunks of one streamlet that have no outcome yet; default 64. */
    public int streamletChunksMax() {
        return values.streamletChunksMax;
    }

    /** How chunks are compressed, by the client's own thread; default {@link Compression#NONE}. */
    public Compression compression() {
        return values.compression;
    }

    NativeOptions toNative() {
        return NativeOptions.ofProducer()
                .set("acks", values.acks.ordinal())
                .set("idempotent", values.idempotent)
                .set("chunk_bytes", values.chunkBytes)
                .set("memory_bytes", values.memoryBytes)
                .set("linger_ns", values.lingerNs)
                .set("max_block_ns", values.maxBlockNs)
                .set("delivery_timeout_ns", values.deliveryTimeoutNs)
                .set("request_timeout_ns", values.requestTimeoutNs)
                .set("retry_initial_ns", values.retryInitialNs)
                .set("retry_max_ns", values.retryMaxNs)
                .set("streamlet_chunks_max", values.streamletChunksMax)
                .set("compression", values.compression.ordinal());
    }

    /** Makes {@link ProducerOptions}. One thread. */
    public static final class Builder {
        private AckLevel acks = AckLevel.REPLICAS;
        private boolean idempotent = true;
        private int chunkBytes = 64 << 10;
        private long memoryBytes = 32L << 20;
        private long lingerNs = 0;
        private long maxBlockNs = 60_000_000_000L;
        private long deliveryTimeoutNs = 120_000_000_000L;
        private long requestTimeoutNs = 30_000_000_000L;
        private long retryInitialNs = 5_000_000;
        private long retryMaxNs = 1_000_000_000;
        private int streamletChunksMax = 64;
        private Compression compression = Compression.NONE;

        private final @Nullable KeraClient client;

        Builder(@Nullable KeraClient client) {
            this.client = client;
        }

        private Builder copy() {
            final Builder copy = new Builder(client);
            copy.acks = acks;
            copy.idempotent = idempotent;
            copy.chunkBytes = chunkBytes;
            copy.memoryBytes = memoryBytes;
            copy.lingerNs = lingerNs;
            copy.maxBlockNs = maxBlockNs;
            copy.deliveryTimeoutNs = deliveryTimeoutNs;
            copy.requestTimeoutNs = requestTimeoutNs;
            copy.retryInitialNs = retryInitialNs;
            copy.retryMaxNs = retryMaxNs;
            copy.streamletChunksMax = streamletChunksMax;
            copy.compression = compression;
            return copy;
        }

        /** See {@link ProducerOptions#acks()}. */
        public Builder acks(AckLevel level) {
            acks = level;
            return this;
        }

        /** See {@link ProducerOptions#idempotent()}. */
        public Builder idempotent(boolean yes) {
            idempotent = yes;
            return this;
        }

        /** See {@link ProducerOptions#chunkBytes()}. */
        public Builder chunkBytes(int bytes) {
            chunkBytes = Checks.within("chunk_bytes", bytes, CHUNK_BYTES_MIN, CHUNK_BYTES_MAX);
            return this;
        }

        /** See {@link ProducerOptions#memoryBytes()}. */
        public Builder memoryBytes(long bytes) {
            memoryBytes = bytes;
            return this;
        }

        /** See {@link ProducerOptions#linger()}. */
        public Builder linger(Duration wait) {
            lingerNs = Checks.notNegative("linger_ns", wait);
            return this;
        }

        /** See {@link ProducerOptions#maxBlock()}. */
        public Builder maxBlock(Duration wait) {
            maxBlockNs = Checks.notNegative("max_block_ns", wait);
            return this;
        }

        /** See {@link ProducerOptions#deliveryTimeout()}. */
        public Builder deliveryTimeout(Duration wait) {
            deliveryTimeoutNs = Checks.positive("delivery_timeout_ns", wait);
            return this;
        }

        /** See {@link ProducerOptions#requestTimeout()}. */
        public Builder requestTimeout(Duration wait) {
            requestTimeoutNs = Checks.positive("request_timeout_ns", wait);
            return this;
        }

        /** See {@link ProducerOptions#retryInitial()}. */
        public Builder retryInitial(Duration wait) {
            retryInitialNs = Checks.positive("retry_initial_ns", wait);
            return this;
        }

        /** See {@link ProducerOptions#retryMax()}. */
        public Builder retryMax(Duration wait) {
            retryMaxNs = Checks.positive("retry_max_ns", wait);
            return this;
        }

        /** See {@link ProducerOptions#streamletChunksMax()}. */
        public Builder streamletChunksMax(int chunks) {
            streamletChunksMax = Checks.within("streamlet_chunks_max", chunks, 1, Integer.MAX_VALUE);
            return this;
        }

        /** See {@link ProducerOptions#compression()}. */
        public Builder compression(Compression codec) {
            compression = codec;
            return this;
        }

        /**
         * Makes the options, and checks those that depend on each other.
         *
         * @throws InvalidArgumentException an option is outside its limit; the message names both
         */
        public ProducerOptions build() {
            Checks.within("memory_bytes", memoryBytes, 2L * (chunkBytes + CACHE_LINE_BYTES), 1L << 40);
            Checks.within("retry_max_ns", retryMaxNs, retryInitialNs, Long.MAX_VALUE);
            return new ProducerOptions(copy());
        }

        /** Opens a producer of any number of threads. REQUIRES: the builder came from {@link KeraClient#newProducer()}. */
        public Producer open() {
            return client().producer(build());
        }

        /** Opens a producer of one thread. REQUIRES: the builder came from {@link KeraClient#newProducer()}. */
        public ExclusiveProducer openExclusive() {
            return client().exclusiveProducer(build());
        }

        private KeraClient client() {
            if (client == null) {
                throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "builder has no client; use newProducer()", 0, 0);
            }
            return client;
        }
    }
}
