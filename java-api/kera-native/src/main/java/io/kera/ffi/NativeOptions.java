package io.kera.ffi;

import org.jspecify.annotations.Nullable;

/**
 * The options of a client, a producer or a consumer as the C ABI has them, by the names of their fields.
 *
 * <p>One thread. Begins with the library's own defaults.
 */
public final class NativeOptions {
    private final NativeStruct struct;

    private NativeOptions(NativeStruct struct) {
        this.struct = struct;
    }

    /** {@code kera_client_options}. */
    public static NativeOptions ofClient() {
        return new NativeOptions(NativeStruct.initialised("kera_client_options", NativeCalls.CLIENT_OPTIONS));
    }

    /** {@code kera_producer_options}. */
    public static NativeOptions ofProducer() {
        return new NativeOptions(NativeStruct.initialised("kera_producer_options", NativeCalls.PRODUCER_OPTIONS));
    }

    /** {@code kera_consumer_options}. */
    public static NativeOptions ofConsumer() {
        return new NativeOptions(NativeStruct.initialised("kera_consumer_options", NativeCalls.CONSUMER_OPTIONS));
    }

    /** A number or a choice. */
    public NativeOptions set(String field, long value) {
        struct.set(field, value);
        return this;
    }

    /** A yes or no. */
    public NativeOptions set(String field, boolean value) {
        struct.set(field, value ? 1 : 0);
        return this;
    }

    /** A text; null: none. */
    public NativeOptions set(String field, @Nullable String value) {
        struct.set(field, value);
        return this;
    }

    /** What a number, choice, or yes or no is now. */
    public long get(String field) {
        return struct.get(field);
    }

    NativeStruct struct() {
        return struct;
    }
}
