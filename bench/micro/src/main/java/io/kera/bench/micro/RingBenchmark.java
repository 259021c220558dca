package io.kera.bench.micro;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A message written and read by one thread, over rings in the layout that Java and the core share. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
public class RingBenchmark {
    private static final int BYTES = (1 << 16) + RingBufferDescriptor.TRAILER_LENGTH;
    private static final int MESSAGE_TYPE = 1;

    private long sum;
    private final UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
    private final OneToOneRingBuffer oneToOne = new OneToOneRingBuffer(memory());
    private final ManyToOneRingBuffer manyToOne = new ManyToOneRingBuffer(memory());
    private final MessageHandler handler = (type, buffer, index, length) -> sum += buffer.getLong(index);

    /** One writer. */
    @Benchmark
    public int oneToOne() {
        oneToOne.write(MESSAGE_TYPE, message, 0, message.capacity());
        return oneToOne.read(handler);
    }

    /** Several writers, of which one writes. */
    @Benchmark
    public int manyToOne() {
        manyToOne.write(MESSAGE_TYPE, message, 0, message.capacity());
        return manyToOne.read(handler);
    }

    private static UnsafeBuffer memory() {
        final ByteBuffer aligned = BufferUtil.allocateDirectAligned(BYTES, 64);
        return new UnsafeBuffer(aligned);
    }
}
