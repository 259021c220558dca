package io.kera.cli.record;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.Interruption;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.client.ExclusiveProducer;
import io.kera.client.ProducerStats;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.TimedOutException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One run of {@code kera produce}: sends until there are no more lines, waits for every outcome, and says how much that
 * was. The producer's thread; on Ctrl-C another one may do the ending.
 */
final class ProduceRun {
    /** Longer than a producer tries to deliver, so that every record has its outcome. */
    private static final Duration FLUSH_MOST = Duration.ofMinutes(3);

    private final ExclusiveProducer producer;
    private final LineRecords records;
    private final RateLimit pace;
    private final long countMax;
    private final Duration timeout;
    private final ProduceProgress progress;
    private final OutputFlags output;
    private final long startNs = System.nanoTime();
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile long sent;
    private volatile long sentBytes;

    ProduceRun(
            ExclusiveProducer producer,
            LineRecords records,
            RateLimit pace,
            long countMax,
            Duration timeout,
            ProduceProgress progress,
            OutputFlags output) {
        this.progress = progress;
        this.timeout = timeout;
        this.producer = producer;
        this.records = records;
        this.pace = pace;
        this.countMax = countMax;
        this.output = output;
    }

    /** Returns the exit status. */
    int run(LineReader lines) throws IOException {
        try (Interruption interruption = Interruption.watch(() -> end(timeout))) {
            try {
                long bytes = 0;
                long count = 0;
                while (count < countMax && !interruption.isAsked() && lines.next()) {
                    pace.await(interruption::isAsked);
                    bytes += send(lines);
                    count++;
                    sentBytes = bytes;
                    sent = count;
                    progress.step(count, lines.readBytes());
                }
            } finally {
                end(interruption.isAsked() ? timeout : FLUSH_MOST);
            }
        }
        final long failed = producer.stats().chunksFailed();
        if (failed > 0) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "chunks_failed=" + failed + " of " + producer.stats().chunksSettled()
                            + "; their records are not stored: see the node's log, and send them again");
        }
        return ExitCode.OK;
    }

    private int send(LineReader lines) {
        try {
            return records.send(lines);
        } catch (InvalidArgumentException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "line=" + lines.lineNumber() + " " + e.getMessage()
                            + "; a record cannot be that long: shorten or split the line; the lines before it are sent",
                    e);
        }
    }

    /** Waits for the outcomes, at most so long, and tells once. */
    private void end(Duration most) {
        try {
            producer.flush(most);
        } catch (TimedOutException e) {
            // What has no outcome is told.
        }
        if (told.getAndSet(true)) {
            return;
        }
        progress.clear();
        final ProducerStats stats = producer.stats();
        final double seconds = (System.nanoTime() - startNs) / 1e9;
        if (output.isJson()) {
            output.console()
                    .out()
                    .println(new JsonObject()
                            .put("records", sent)
                            .put("bytes", sentBytes)
                            .put("seconds", seconds)
                            .put("recordsPerSecond", sent / seconds)
                            .put("bytesPerSecond", sentBytes / seconds)
                            .put("chunks", stats.chunksSettled())
                            .put("chunksFailed", stats.chunksFailed())
                            .put("chunksOpen", stats.chunksSealed() - stats.chunksSettled())
                            .put("chunksSentAgain", stats.chunksSentAgain()));
            output.console().out().flush();
            return;
        }
        output.console()
                .err()
                .println("sent " + Amounts.count(sent) + (sent == 1 ? " record, " : " records, ")
                        + Amounts.bytes(sentBytes) + " in " + Amounts.duration(Duration.ofNanos((long) (seconds * 1e9)))
                        + " (" + Amounts.count((long) (sent / seconds)) + " records/s, "
                        + Amounts.bytes((long) (sentBytes / seconds)) + "/s)" + losses(stats));
    }

    /** What was sent and is not known to be stored, for the end of a line; empty: nothing. */
    static String losses(ProducerStats stats) {
        final long open = stats.chunksSealed() - stats.chunksSettled();
        return (stats.chunksFailed() == 0
                        ? ""
                        : "; NOT there: " + stats.chunksFailed() + " of " + stats.chunksSealed() + " chunks failed")
                + (open == 0 ? "" : "; not known: " + open + " chunks have no answer");
    }
}
