package io.kera.cli;

import io.kera.client.Producer;
import io.kera.client.ProducerStats;
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

    private final Producer producer;
    private final LineRecords records;
    private final Pace pace;
    private final long countMax;
    private final OutputFlags output;
    private final long startNs = System.nanoTime();
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile long sent;
    private volatile long sentBytes;

    ProduceRun(Producer producer, LineRecords records, Pace pace, long countMax, OutputFlags output) {
        this.producer = producer;
        this.records = records;
        this.pace = pace;
        this.countMax = countMax;
        this.output = output;
    }

    /** Returns the exit status. */
    int run(LineReader lines) throws IOException {
        try (Interruption interruption = Interruption.watch(this::end)) {
            try {
                long bytes = 0;
                long count = 0;
                while (count < countMax && !interruption.isAsked() && lines.next()) {
                    pace.await(interruption::isAsked);
                    bytes += records.send(lines);
                    count++;
                    sentBytes = bytes;
                    sent = count;
                }
            } finally {
                end();
            }
        }
        final long failed = producer.stats().chunksFailed();
        if (failed > 0) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "chunks_failed=" + failed + " of " + producer.stats().chunksSettled()
                            + "; their records are not there: see the node's log, and send them again");
        }
        return ExitCode.OK;
    }

    private void end() {
        producer.flush(FLUSH_MOST);
        if (told.getAndSet(true)) {
            return;
        }
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
                            .put("chunksSentAgain", stats.chunksSentAgain()));
            output.console().out().flush();
            return;
        }
        output.console()
                .err()
                .println("sent " + Amounts.count(sent) + (sent == 1 ? " record, " : " records, ")
                        + Amounts.bytes(sentBytes) + " in " + Amounts.duration(Duration.ofNanos((long) (seconds * 1e9)))
                        + " (" + Amounts.count((long) (sent / seconds)) + " records/s, "
                        + Amounts.bytes((long) (sentBytes / seconds)) + "/s)"
                        + (stats.chunksFailed() == 0 ? "" : "; chunks that failed: " + stats.chunksFailed()));
    }
}
