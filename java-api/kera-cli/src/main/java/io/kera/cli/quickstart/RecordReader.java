package io.kera.cli.quickstart;

import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.RecordView;
import io.kera.client.Start;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads back what one stream holds, and compares every byte. One thread. */
final class RecordReader {
    private static final Duration STALL_MOST = Duration.ofSeconds(20);

    private final long[] written;
    private final long[] read;
    private @Nullable String difference;

    /** Of a stream with so many records in each streamlet. */
    RecordReader(long[] written) {
        this.written = written;
        read = new long[written.length];
    }

    long sum() {
        return Arrays.stream(read).sum();
    }

    /** The first record that was not read as it was written; null: there is none. */
    @Nullable
    String difference() {
        return difference;
    }

    void readAll(KeraClient client, Progress progress) {
        final long records = Arrays.stream(written).sum();
        try (Consumer consumer = client.consumer()) {
            consumer.assign(Passage.STREAM, Start.earliest());
            long taken = 0;
            long deadline = System.nanoTime() + STALL_MOST.toNanos();
            while (taken < records && difference == null && System.nanoTime() - deadline < 0) {
                final int got = consumer.poll(this::compare, Duration.ofMillis(100));
                if (got > 0) {
                    taken += got;
                    deadline = System.nanoTime() + STALL_MOST.toNanos();
                }
                progress.at(taken);
            }
        }
        for (int i = 0; i < read.length && difference == null; i++) {
            if (read[i] != written[i]) {
                difference = "streamlet=" + i + " records_read=" + read[i] + " limit=" + written[i];
            }
        }
    }

    private void compare(RecordView record) {
        final int streamlet = record.streamlet();
        final long expected = read[streamlet]++;
        if (difference == null
                && (record.offset() != expected
                        || !RecordPattern.is(record.buffer(), record.valueOffset(), record.valueLength(), expected))) {
            difference =
                    "streamlet=" + streamlet + " offset=" + record.offset() + " expected_offset=" + expected + " bytes="
                            + record.valueLength() + " limit=" + RecordPattern.BYTES + "; not what was written there";
        }
    }
}
