package io.kera.bench.micro;

import io.kera.wire.KeyHash;
import io.kera.wire.RecordLayout;
import java.util.concurrent.TimeUnit;
import kera.codec.client.DescribeStreamDecoder;
import kera.codec.client.DescribeStreamEncoder;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.client.FrameHeaderEncoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What laying out costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
public class CodecBenchmark {
    private static final int STREAMLETS = 16;

    private final UnsafeBuffer chunk = new UnsafeBuffer(new byte[4096]);
    private final UnsafeBuffer key = new UnsafeBuffer(new byte[16]);
    private final DescribeStreamEncoder encoder = new DescribeStreamEncoder();
    private final DescribeStreamDecoder decoder = new DescribeStreamDecoder();
    private final FrameHeaderEncoder headerEncoder = new FrameHeaderEncoder();
    private final FrameHeaderDecoder headerDecoder = new FrameHeaderDecoder();
    private long number;

    /** A record's key where it will travel. */
    @Benchmark
    public int key() {
        key.putLong(0, number++);
        return RecordLayout.writeKey(chunk, RecordLayout.HEADER_BYTES, key, 0, key.capacity());
    }

    /** From a key to its streamlet. */
    @Benchmark
    public int streamlet() {
        key.putLong(0, number++);
        return KeyHash.streamletOf(key, 0, key.capacity(), STREAMLETS);
    }

    /** A frame of the client's protocol, written and read. */
    @Benchmark
    public long frame() {
        encoder.wrapAndApplyHeader(chunk, 0, headerEncoder).streamId(number++);
        return decoder.wrapAndApplyHeader(chunk, 0, headerDecoder).streamId();
    }
}
