package io.kera.cli.quickstart;

import io.kera.cli.console.Console;
import io.kera.client.KeraClient;
import io.kera.client.StreamSettings;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * The whole work of one plan. In each turn it creates a stream, writes it, reads it back, compares every byte, and
 * deletes it. A turn for warming up is before those that are timed, and one with one record at a time behind them. One
 * thread.
 */
final class Passage {
    static final String STREAM = "quickstart";
    private static final int STREAMLETS = 2;
    private static final int ALONE_MOST = 5_000;
    private static final long ALONE_NS_MOST = 500_000_000;
    /** Until the virtual machine has compiled what runs, and the arena has its pages. */
    private static final long WARM_UP_NS_MOST = 500_000_000;

    private final Console console;
    private final BooleanSupplier quiet;
    private final Plan plan;
    private final Recorder acks = new Recorder(3);
    private final Recorder aloneAcks = new Recorder(3);
    private long written;
    private long timed;
    private long read;
    private long writeNs;
    private long readNs;
    private @Nullable String difference;

    Passage(Console console, BooleanSupplier quiet, Plan plan) {
        this.console = console;
        this.quiet = quiet;
        this.plan = plan;
    }

    /** Does the work against the node at this address, and returns the result. */
    Outcome run(String uri) {
        try (KeraClient client =
                KeraClient.builder().uri(uri).clientName("quickstart").connect()) {
            turn(client, this::warmUp);
            while (timed < plan.records() && nanosLeft() > 0 && difference == null) {
                turn(client, this::writeMany);
            }
            if (difference == null) {
                turn(client, writer -> writer.writeAlone(ALONE_MOST, ALONE_NS_MOST, aloneAcks));
            }
        }
        return new Outcome(
                plan,
                written,
                timed,
                writeNs,
                readNs,
                acks.getIntervalHistogram(),
                aloneAcks.getIntervalHistogram(),
                read,
                difference);
    }

    /** What one turn wrote is compared, whatever it was written for. */
    private void turn(KeraClient client, Consumer<RecordWriter> write) {
        client.admin()
                .createStream(
                        STREAM,
                        StreamSettings.DEFAULT.withStreamlets(STREAMLETS).withSegmentBytesMax(plan.segmentBytes()));
        final RecordWriter writer = new RecordWriter(client, plan, STREAMLETS);
        final long timedBefore = timed;
        write.accept(writer);
        written += writer.sum();
        final Progress progress = progress("verify", timedBefore);
        final long began = System.nanoTime();
        final RecordReader reader = new RecordReader(writer.written());
        reader.readAll(client, progress);
        progress.end();
        if (timed > timedBefore) {
            readNs += System.nanoTime() - began;
        }
        read += reader.sum();
        difference = reader.difference();
        client.admin().deleteStream(STREAM);
    }

    private void warmUp(RecordWriter writer) {
        writer.writeMany(Math.max(1, plan.turnRecords() / 2), WARM_UP_NS_MOST, progress("warm up", 0), new Recorder(3));
    }

    private void writeMany(RecordWriter writer) {
        final Progress progress = progress("write", timed);
        final long began = System.nanoTime();
        writer.writeMany(Math.min(plan.turnRecords(), plan.records() - timed), nanosLeft(), progress, acks);
        writeNs += System.nanoTime() - began;
        progress.end();
        timed += writer.sum();
    }

    private Progress progress(String what, long before) {
        return new Progress(
                console, quiet, plan.transport() + " " + plan.keptIn() + " " + what, plan.records(), before);
    }

    private long nanosLeft() {
        return plan.writingMost().toNanos() - writeNs;
    }
}
