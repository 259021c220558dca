package io.kera.bench.micro;

import io.kera.client.Claim;
import io.kera.client.ExclusiveProducer;
import io.kera.client.KeraClient;
import io.kera.client.Record;
import io.kera.client.StreamSettings;
import io.kera.client.StreamWriter;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A record into the chunk that will travel, by a producer whose node really takes it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init") // JMH's set-up, before anything is called
public class ClaimBenchmark {
    private static final String STREAM = "micro";
    private static final long RETENTION_BYTES = 64L << 20;

    /** Of a value. */
    @Param({"100", "1024"})
    public int bytes;

    private EmbeddedNode node;
    private KeraClient client;
    private ExclusiveProducer producer;
    private StreamWriter writer;
    private Record record;
    private UnsafeBuffer value;

    /** Once for each size. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        node = new EmbeddedNode();
        client = KeraClient.connect(node.uri());
        client.admin().createStream(STREAM, StreamSettings.DEFAULT.withRetentionBytes(RETENTION_BYTES));
        producer = client.exclusiveProducer();
        writer = producer.stream(STREAM);
        value = new UnsafeBuffer(new byte[bytes]);
        record = new Record(STREAM).value(value, 0, bytes);
    }

    /** Leaves nothing. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        client.close();
        node.close();
    }

    /** In place. */
    @Benchmark
    public void claim() {
        final Claim claim = writer.claim(bytes);
        claim.buffer().putBytes(0, value, 0, bytes);
        claim.commit();
    }

    /** As an object, which may be used again. */
    @Benchmark
    public void offer() {
        producer.offer(record);
    }
}
