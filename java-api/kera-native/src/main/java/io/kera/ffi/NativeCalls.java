package io.kera.ffi;

import org.jspecify.annotations.Nullable;

/**
 * Every crossing into libkera; the other half is {@code native/src/jni}. None happens per record, nor per chunk.
 *
 * <p>Handles and structs are addresses; those who own them, and keep them alive during a call, are the public classes
 * of this package. Every method may throw {@link NativeException}.
 */
final class NativeCalls {
    static final int CORE_START = 0;
    static final int CORE_STOP = 1;
    static final int CORE_CLOSE = 2;
    static final int CORE_POLL = 3;
    static final int CORE_DRAIN = 4;
    static final int CORE_IS_SETTLED = 5;
    static final int CORE_CONTROL_WAKE = 6;
    static final int CORE_CONTROL_ALERT = 7;

    static final int CONTROL_TO_CORE = 0;
    static final int CONTROL_FROM_CORE = 1;
    static final int COUNTERS_METADATA = 2;
    static final int COUNTERS_VALUES = 3;

    static final int CLIENT_CLOSE = 0;
    static final int CLIENT_POLL = 1;
    static final int CLIENT_IS_CONNECTED = 2;
    static final int CLIENT_SHUT_DOWN = 3;
    static final int CLIENT_WAKE = 4;

    static final int CONSUMER_ASSIGN = 0;
    static final int CONSUMER_UNASSIGN = 1;
    static final int CONSUMER_SEEK = 2;
    static final int CONSUMER_PAUSE = 3;
    static final int CONSUMER_RESUME = 4;
    static final int CONSUMER_ASSIGN_STREAM = 5;

    static final int CORE_OPTIONS = 0;
    static final int CLIENT_OPTIONS = 1;
    static final int PRODUCER_OPTIONS = 2;
    static final int CONSUMER_OPTIONS = 3;

    private NativeCalls() {}

    static native String describe();

    static native void initialise(int struct, long address, int bytes);

    static native void setLogLevel(int level);

    static native long openCore(long options);

    static native int runCore(long core, int verb);

    static native void awaitControl(long core, long timeoutNs);

    static native @Nullable String coreText(long core, int index);

    static native void coreMemory(long core, int region, long memory);

    static native long connect(long uri, long options, long timeoutNs);

    static native int runClient(long client, int verb);

    static native void awaitClient(long client, long timeoutNs);

    static native int ask(long client, long request, int requestBytes, long answer, int answerCapacity, long timeoutNs);

    static native int decompressChunk(long chunk, int bytes, long plain, int capacity);

    static native long openProducer(long client, long options, long area, long timeoutNs);

    static native int attachStream(long producer, long stream, int streamlets);

    static native void flushProducer(long producer, long timeoutNs);

    static native void recoverStreamlet(long producer, int stream, int streamlet);

    static native void awaitProducer(long producer, long messages, long asked, long timeoutNs);

    static native void readStats(long producer, long stats);

    static native void closeProducer(long producer);

    static native boolean synchroniseThreads();

    static native long openConsumer(long client, long options);

    static native void steerConsumer(long consumer, int verb, long stream, int streamlet, int start, long value);

    static native int streamletsOfConsumer(long consumer, long stream);

    static native int pollConsumer(long consumer, long batches, int capacity, long timeoutNs);

    static native void endWaitingOfConsumer(long consumer);

    static native void closeConsumer(long consumer);

    static native int notifyService(byte[] socket, byte[] text);
}
