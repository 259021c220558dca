package io.kera.ffi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link NativeCore} is to be, as {@code kera_core_options}. What is not set has the library's default.
 *
 * <p>Immutable; any thread.
 */
public final class CoreOptions {
    /** What a reactor does when there is nothing to do. */
    public enum Idle {
        SPIN,
        BACKOFF,
        PARK
    }

    /** The pages of the arena. */
    public enum Pages {
        BEST,
        HUGE,
        TRANSPARENT_HUGE,
        SMALL
    }

    /** Who decides about streams and producer ids: the core itself, or whoever reads the control rings. */
    public enum Authority {
        CORE,
        CONTROL
    }

    private final Builder values;

    private CoreOptions(Builder values) {
        this.values = values;
    }

    /** Everything as the library has it by default. */
    public static Builder builder() {
        return new Builder();
    }

    NativeStruct toStruct() {
        final NativeStruct struct = NativeStruct.initialised("kera_core_options", NativeCalls.CORE_OPTIONS);
        struct.set("node_id", values.nodeId)
                .set("node_name", values.nodeName)
                .set("data_folder", values.dataFolder)
                .set("listen", values.listen)
                .set("listen_count", values.listen.size())
                .set("reactor_count", values.reactorCount)
                .set("token", values.token)
                .set("arena_bytes", values.arenaBytes)
                .set("loaded_bytes_max", values.loadedBytesMax)
                .set("pages", values.pages.ordinal())
                .set("touch_ahead", values.touchAhead ? 1 : 0)
                .set("idle", values.idle.ordinal())
                .set("pin_reactors", values.pinReactors ? 1 : 0)
                .set("authority", values.authority.ordinal())
                .set("retention_interval_ms", values.retentionIntervalMs)
                .set("producer_expiry_ms", values.producerExpiryMs)
                .set("memory_kept_s", values.memoryKeptSeconds);
        return struct;
    }

    /** Makes {@link CoreOptions}. One thread. */
    public static final class Builder {
        private int nodeId;
        private String nodeName = "kera";
        private @Nullable String dataFolder;
        private List<String> listen = List.of();
        private int reactorCount;
        private @Nullable String token;
        private long arenaBytes;
        private long loadedBytesMax;
        private Pages pages;
        private boolean touchAhead;
        private Idle idle;
        private boolean pinReactors;
        private Authority authority;
        private long retentionIntervalMs;
        private long producerExpiryMs;
        private long memoryKeptSeconds;

        private Builder() {
            final NativeStruct defaults = NativeStruct.initialised("kera_core_options", NativeCalls.CORE_OPTIONS);
            nodeId = (int) defaults.get("node_id");
            reactorCount = (int) defaults.get("reactor_count");
            arenaBytes = defaults.get("arena_bytes");
            loadedBytesMax = defaults.get("loaded_bytes_max");
            pages = Pages.values()[(int) defaults.get("pages")];
            touchAhead = defaults.get("touch_ahead") != 0;
            idle = Idle.values()[(int) defaults.get("idle")];
            pinReactors = defaults.get("pin_reactors") != 0;
            authority = Authority.values()[(int) defaults.get("authority")];
            retentionIntervalMs = defaults.get("retention_interval_ms");
            producerExpiryMs = defaults.get("producer_expiry_ms");
            memoryKeptSeconds = defaults.get("memory_kept_s");
            defaults.keepAlive();
        }

        private Builder(Builder other) {
            nodeId = other.nodeId;
            nodeName = other.nodeName;
            dataFolder = other.dataFolder;
            listen = other.listen;
            reactorCount = other.reactorCount;
            token = other.token;
            arenaBytes = other.arenaBytes;
            loadedBytesMax = other.loadedBytesMax;
            pages = other.pages;
            touchAhead = other.touchAhead;
            idle = other.idle;
            pinReactors = other.pinReactors;
            authority = other.authority;
            retentionIntervalMs = other.retentionIntervalMs;
            producerExpiryMs = other.producerExpiryMs;
            memoryKeptSeconds = other.memoryKeptSeconds;
        }

        /** The number of this node among its peers; default 0. */
        public Builder nodeId(int id) {
            nodeId = id;
            return this;
        }

        /** What clients are told; default {@code kera}. */
        public Builder nodeName(String name) {
            nodeName = name;
            return this;
        }

        /** Where streams outlive the process; null, the default: everything lives in memory only. */
        public Builder dataFolder(@Nullable String folder) {
            dataFolder = folder;
            return this;
        }

        /** Where to listen, such as {@code tcp:127.0.0.1:0} or {@code shm:/run/kera/node.sock}; default nowhere. */
        public Builder listen(List<String> uris) {
            listen = List.copyOf(uris);
            return this;
        }

        /** As {@link #listen(List)}. */
        public Builder listen(String... uris) {
            return listen(List.of(uris));
        }

        /** Threads that serve clients; default 1. */
        public Builder reactorCount(int count) {
            reactorCount = count;
            return this;
        }

        /** The token that clients must send; null, the default: none. */
        public Builder token(@Nullable String secret) {
            token = secret;
            return this;
        }

        /** Memory reserved at start; default 1 GiB. */
        public Builder arenaBytes(long bytes) {
            arenaBytes = positive("arena_bytes", bytes);
            return this;
        }

        /** The part of the arena for old data that is read back from disk; default 64 MiB. */
        public Builder loadedBytesMax(long bytes) {
            loadedBytesMax = positive("loaded_bytes_max", bytes);
            return this;
        }

        /** Default {@link Pages#BEST}. */
        public Builder pages(Pages choice) {
            pages = choice;
            return this;
        }

        /** Whether a background thread touches all pages of the arena after the start; default true. */
        public Builder touchAhead(boolean touch) {
            touchAhead = touch;
            return this;
        }

        /** Default {@link Idle#BACKOFF}. */
        public Builder idle(Idle strategy) {
            idle = strategy;
            return this;
        }

        /** Whether reactor i runs on core i only; default false. */
        public Builder pinReactors(boolean pin) {
            pinReactors = pin;
            return this;
        }

        /** Default {@link Authority#CORE}. */
        public Builder authority(Authority who) {
            authority = who;
            return this;
        }

        /** How often retention is applied, and idle producers are forgotten; default 1 s. */
        public Builder retentionIntervalMs(long interval) {
            retentionIntervalMs = positive("retention_interval_ms", interval);
            return this;
        }

        /** How long an idle producer is remembered at most; default a day. */
        public Builder producerExpiryMs(long expiry) {
            producerExpiryMs = positive("producer_expiry_ms", expiry);
            return this;
        }

        /**
         * How long the small process {@code kera-keeper} holds the memory of a process that was killed, for the next
         * one of the data folder; default ten minutes. 0: no such process is started, and a kill may lose what the
         * disk had not taken yet.
         */
        public Builder memoryKeptSeconds(long seconds) {
            if (seconds < 0) {
                throw new IllegalArgumentException(
                        "memory_kept_s=" + seconds + " limit=0; give a positive number, or 0 for no keeper");
            }
            memoryKeptSeconds = seconds;
            return this;
        }

        public CoreOptions build() {
            return new CoreOptions(new Builder(this));
        }

        private static long positive(String what, long value) {
            if (value <= 0) {
                throw new IllegalArgumentException(what + "=" + value + " limit=1; give a positive number");
            }
            return value;
        }
    }
}
