package io.kera.client;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Checks;
import io.kera.ffi.NativeOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link Consumer} reads; immutable. The defaults are those of libkera; a test compares them.
 */
public final class ConsumerOptions {
    private static final int STREAMLETS_PER_FETCH_MAX = 4096;

    /** What to do when a position is too old or too new. In the order of libkera's enumeration. */
    public enum OutOfRange {
        FAIL,
        EARLIEST,
        LATEST
    }

    /** Whether to check what was received. In the order of libkera's numbers, which begin at -1. */
    public enum Check {
        /** Yes, except in the broker's own memory: the broker has checked every byte there. */
        WHEN_COPIED,
        NEVER,
        ALWAYS
    }

    private final Builder values;

    private ConsumerOptions(Builder values) {
        this.values = values;
    }

    public static Builder builder() {
        return new Builder(null);
    }

    /** All options with their defaults. */
    public static ConsumerOptions defaults() {
        return builder().build();
    }

    NativeOptions toNative() {
        return NativeOptions.ofConsumer()
                .set("push", values.push)
                .set("wait_ms_max", values.waitMsMax)
                .set("bytes_min", values.bytesMin)
                .set("fetch_bytes_max", values.fetchBytesMax)
                .set("streamlet_bytes_max", values.streamletBytesMax)
                .set("streamlets_per_fetch", values.streamletsPerFetch)
                .set("out_of_range", values.outOfRange.ordinal())
                .set("buffered_bytes_max", values.bufferedBytesMax)
                .set("credit_bytes", values.creditBytes)
                .set("check_crcs", values.checkCrcs.ordinal() - 1L)
                .set("check_records", values.checkRecords.ordinal() - 1L)
                .set("request_timeout_ns", values.requestTimeoutNs);
    }

    /** Makes {@link ConsumerOptions}. One thread. */
    public static final class Builder {
        private boolean push;
        private long waitMsMax = 500;
        private int bytesMin = 1;
        private int fetchBytesMax = 4 << 20;
        private int streamletBytesMax;
        private int streamletsPerFetch = 256;
        private OutOfRange outOfRange = OutOfRange.EARLIEST;
        private long bufferedBytesMax = 16L << 20;
        private long creditBytes = 4L << 20;
        private Check checkCrcs = Check.WHEN_COPIED;
        private Check checkRecords = Check.WHEN_COPIED;
        private long requestTimeoutNs = 30_000_000_000L;

        private final @Nullable KeraClient client;

        Builder(@Nullable KeraClient client) {
            this.client = client;
        }

        private Builder copy() {
            final Builder copy = new Builder(client);
            copy.push = push;
            copy.waitMsMax = waitMsMax;
            copy.bytesMin = bytesMin;
            copy.fetchBytesMax = fetchBytesMax;
            copy.streamletBytesMax = streamletBytesMax;
            copy.streamletsPerFetch = streamletsPerFetch;
            copy.outOfRange = outOfRange;
            copy.bufferedBytesMax = bufferedBytesMax;
            copy.creditBytes = creditBytes;
            copy.checkCrcs = checkCrcs;
            copy.checkRecords = checkRecords;
            copy.requestTimeoutNs = requestTimeoutNs;
            return copy;
        }

        /** True: the broker sends new records by itself. False, the default: the consumer asks for them. */
        public Builder push(boolean yes) {
            push = yes;
            return this;
        }

        /** How long the broker waits for {@link #bytesMin}; default 500 ms. */
        public Builder waitMax(Duration wait) {
            waitMsMax = Checks.within("wait_ms_max", wait.toMillis(), 0, Integer.MAX_VALUE);
            return this;
        }

        /** Bytes that a fetch waits for; default 1. */
        public Builder bytesMin(int bytes) {
            bytesMin = Checks.within("bytes_min", bytes, 0, Integer.MAX_VALUE);
            return this;
        }

        /** Limit of one answer; default 4 MiB. */
        public Builder fetchBytesMax(int bytes) {
            fetchBytesMax = Checks.within("fetch_bytes_max", bytes, 1, Integer.MAX_VALUE);
            return this;
        }

        /** Limit of one streamlet in an answer; default 0: an even share of it, but 1 MiB at least. */
        public Builder streamletBytesMax(int bytes) {
            streamletBytesMax = Checks.within("streamlet_bytes_max", bytes, 0, Integer.MAX_VALUE);
            return this;
        }

        /** Limit of streamlets in one request; default 256. */
        public Builder streamletsPerFetch(int streamlets) {
            streamletsPerFetch = Checks.within("streamlets_per_fetch", streamlets, 1, STREAMLETS_PER_FETCH_MAX);
            return this;
        }

        /** What to do when a position is too old or too new; default {@link OutOfRange#EARLIEST}. */
        public Builder outOfRange(OutOfRange what) {
            outOfRange = what;
            return this;
        }

        /** Limit of bytes that are received and not yet read; default 16 MiB. */
        public Builder bufferedBytesMax(long bytes) {
            bufferedBytesMax = Checks.within("buffered_bytes_max", bytes, 1, 1L << 40);
            return this;
        }

        /** Push: bytes that the broker may send ahead for each streamlet; default 4 MiB. */
        public Builder creditBytes(long bytes) {
            creditBytes = Checks.within("credit_bytes", bytes, 1, 1L << 40);
            return this;
        }

        /** Whether to check the checksums of chunks; default {@link Check#WHEN_COPIED}. */
        public Builder checkCrcs(Check when) {
            checkCrcs = when;
            return this;
        }

        /** Whether to check the structure of records; default {@link Check#WHEN_COPIED}. */
        public Builder checkRecords(Check when) {
            checkRecords = when;
            return this;
        }

        /** Without an answer for this long, the client opens another session; default 30 s. */
        public Builder requestTimeout(Duration wait) {
            requestTimeoutNs = Checks.positive("request_timeout_ns", wait);
            return this;
        }

        public ConsumerOptions build() {
            return new ConsumerOptions(copy());
        }

        /** Opens the consumer. REQUIRES: the builder came from {@link KeraClient#newConsumer()}. */
        public Consumer open() {
            if (client == null) {
                throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "builder has no client; use newConsumer()", 0, 0);
            }
            return client.consumer(build());
        }
    }
}
