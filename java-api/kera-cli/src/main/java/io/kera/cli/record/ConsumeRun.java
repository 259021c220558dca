package io.kera.cli.record;

import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.Amounts;
import io.kera.cli.console.ByteText;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.Interruption;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputClosedException;
import io.kera.cli.console.OutputFlags;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.RecordView;
import io.kera.client.Start;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * One run of {@code kera consume} or {@code kera export}: prints records until the end, until the count is reached, or until somebody ends it.
 * The consumer's thread. A record is printed from the memory where it was received.
 */
final class ConsumeRun {
    private static final long WAIT_NS = 100_000_000;
    private static final int DRAIN_BYTES = 64 << 10;
    /** Limit of records per poll, so that Ctrl-C is noticed in time. */
    private static final int RECORDS_AT_ONCE = 4096;

    private final KeraClient client;
    private final Consumer consumer;
    private final Duration timeout;
    private final String stream;
    private final RecordText text;
    private final OutputStream out;
    private final long countMax;
    private final OutputFlags output;
    private final boolean quiet;
    private final ByteText bytes = new ByteText();
    private final List<StreamletRange> unread = new ArrayList<>();
    private final Int2ObjectHashMap<StreamletRange> ranges = new Int2ObjectHashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final long startNs = System.nanoTime();
    private long connectedNs = startNs;
    private long records;
    private long recordBytes;
    /** What the ending on another thread may tell. */
    private volatile long[] counts = {0, 0};

    ConsumeRun(
            KeraClient client,
            Consumer consumer,
            Duration timeout,
            String stream,
            RecordText text,
            OutputStream out,
            long countMax,
            OutputFlags output,
            boolean quiet) {
        this.client = client;
        this.consumer = consumer;
        this.timeout = timeout;
        this.stream = stream;
        this.text = text;
        this.out = out;
        this.countMax = countMax;
        this.output = output;
        this.quiet = quiet;
    }

    /** Reads streamlets that the stream gets later, from their beginning; {@link #assign} says from where the others. */
    void assignLater() {
        consumer.assign(stream, Start.earliest());
    }

    /** Reads a streamlet from there, at least to what is its end now. */
    void assign(StreamletRange range, long offset, boolean follows) {
        if (follows || offset < range.latest()) {
            consumer.assign(stream, range.streamlet(), Start.at(offset));
        }
        if (offset < range.latest()) {
            unread.add(range);
        }
        if (!follows) {
            ranges.put(range.streamlet(), range);
        }
    }

    /** With --follow, the command waits for the node to come back. Otherwise it ends. */
    private void checkSession(int shown, boolean follows) {
        if (shown > 0 || client.isConnected()) {
            connectedNs = System.nanoTime();
        } else if (!follows && System.nanoTime() - connectedNs > timeout.toNanos()) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "stream=" + stream + "; the node was lost before everything was read: check whether it"
                            + " runs, and continue reading");
        }
    }

    /** Whether it got to its end; false: somebody has ended it before. */
    boolean run(boolean follows) {
        try (Interruption interruption = Interruption.watch(this::tell)) {
            try {
                while (records < countMax && (follows || !unread.isEmpty()) && !interruption.isAsked()) {
                    final int most = (int) Math.min(RECORDS_AT_ONCE, countMax - records);
                    final int shown = consumer.poll(this::print, most, WAIT_NS);
                    drain();
                    if (follows && shown < most) {
                        flush();
                    }
                    unread.removeIf(this::isRead);
                    checkSession(shown, follows);
                }
                flush();
                return !interruption.isAsked();
            } catch (OutputClosedException e) {
                ended.set(true); // whoever had enough wants no summary either
                throw e;
            } finally {
                tell();
            }
        }
    }

    long records() {
        return records;
    }

    private void flush() {
        try {
            out.flush();
        } catch (IOException e) {
            throw new OutputClosedException(e);
        }
    }

    private boolean isRead(StreamletRange range) {
        return consumer.position(stream, range.streamlet()) >= range.latest();
    }

    private void print(RecordView record) {
        final StreamletRange range = ranges.get(record.streamlet());
        if (range != null && record.offset() >= range.latest()) {
            return; // came after the beginning
        }
        text.write(record, bytes);
        records++;
        recordBytes += record.valueLength();
        if (bytes.length() >= DRAIN_BYTES) {
            drain();
        }
    }

    private void drain() {
        counts = new long[] {records, recordBytes};
        try {
            bytes.drainTo(out);
        } catch (IOException e) {
            throw new OutputClosedException(e);
        }
    }

    private void tell() {
        if (quiet || ended.getAndSet(true)) {
            return;
        }
        final long[] told = counts;
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        if (output.isJson()) {
            output.console()
                    .err()
                    .println(new JsonObject()
                            .put("records", told[0])
                            .put("valueBytes", told[1])
                            .put("seconds", seconds)
                            .put("recordsPerSecond", told[0] / seconds));
            return;
        }
        output.console()
                .err()
                .println("read " + Amounts.count(told[0]) + (told[0] == 1 ? " record, " : " records, ")
                        + Amounts.bytes(told[1]) + " of values in "
                        + Amounts.duration(Duration.ofNanos((long) (seconds * 1e9))));
    }
}
