package io.kera.cli.record;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.Interruption;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.client.ExclusiveProducer;
import io.kera.client.Record;
import io.kera.client.StreamInfo;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.TimedOutException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One run of {@code kera import}: sends every record of the file, waits for every outcome, and says how much that was.
 * The producer's thread; on Ctrl-C another one may do the ending.
 */
final class ImportRun {
    private static final Duration FLUSH_MOST = Duration.ofMinutes(3);

    private final ExclusiveProducer producer;
    private final StreamInfo stream;
    private final boolean byKey;
    private final Duration timeout;
    private final OutputFlags output;
    private final long startNs = System.nanoTime();
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile long sent;

    ImportRun(ExclusiveProducer producer, StreamInfo stream, boolean byKey, Duration timeout, OutputFlags output) {
        this.producer = producer;
        this.stream = stream;
        this.byKey = byKey;
        this.timeout = timeout;
        this.output = output;
    }

    /** Returns the exit status. */
    int run(ImportSource source) throws IOException {
        final boolean whole;
        try (Interruption interruption = Interruption.watch(() -> end(timeout))) {
            try {
                final Record record = new Record(stream.name());
                long count = 0;
                while (!interruption.isAsked() && send(source, record)) {
                    sent = ++count;
                }
                whole = !interruption.isAsked();
            } finally {
                end(interruption.isAsked() ? timeout : FLUSH_MOST);
            }
        }
        final long failed = producer.stats().chunksFailed();
        if (failed > 0) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "chunks_failed=" + failed + " of " + producer.stats().chunksSettled()
                            + "; their records are not stored: see the node's log");
        }
        if (!source.defect().isEmpty()) {
            throw new CommandFailure(
                    ExitCode.DAMAGED, "file: " + source.defect() + "; what came before was sent, records=" + sent);
        }
        return whole ? ExitCode.OK : ExitCode.INTERRUPTED;
    }

    private boolean send(ImportSource source, Record record) throws IOException {
        try {
            record.clear();
            if (!source.next(record)) {
                return false;
            }
            if (!byKey && source.streamlet() != ImportSource.ANY_STREAMLET) {
                record.streamlet(checked(source.streamlet()));
            }
            producer.offer(record);
            return true;
        } catch (IllegalArgumentException | InvalidArgumentException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    source.place() + ": " + e.getMessage() + "; the records before it were sent, records=" + sent,
                    e);
        }
    }

    private int checked(int streamlet) {
        if (streamlet < 0 || streamlet >= stream.streamlets()) {
            throw new IllegalArgumentException("streamlet=" + streamlet + " limit=0.." + (stream.streamlets() - 1)
                    + "; stream " + stream.name() + " has no such streamlet: with --by-key the records' keys choose");
        }
        return streamlet;
    }

    /** Waits for the outcomes, at most so long, and tells once. */
    private void end(Duration most) {
        try {
            producer.flush(most);
        } catch (TimedOutException e) {
            // What has no outcome is not told of as stored.
        }
        if (told.getAndSet(true)) {
            return;
        }
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        if (output.isJson()) {
            output.console()
                    .out()
                    .println(new JsonObject()
                            .put("records", sent)
                            .put("seconds", seconds)
                            .put("chunksFailed", producer.stats().chunksFailed()));
            output.console().out().flush();
        } else {
            output.console()
                    .err()
                    .println("sent " + Amounts.count(sent) + (sent == 1 ? " record" : " records") + " in "
                            + Amounts.duration(Duration.ofNanos((long) (seconds * 1e9)))
                            + ProduceRun.losses(producer.stats()));
        }
    }
}
