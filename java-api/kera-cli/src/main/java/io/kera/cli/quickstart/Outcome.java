package io.kera.cli.quickstart;

import io.kera.cli.console.JsonObject;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The result of one passage.
 *
 * @param records all that were written
 * @param timedRecords those of them that the times are about: not those for warming up, nor those alone
 * @param acks times from record to acknowledgement at full speed
 * @param aloneAcks the same, with one record under way at a time
 * @param difference the first record that was not read as it was written; null: there is none
 */
record Outcome(
        Plan plan,
        long records,
        long timedRecords,
        long writeNs,
        long readNs,
        Histogram acks,
        Histogram aloneAcks,
        long recordsRead,
        @Nullable String difference) {
    boolean isVerified() {
        return difference == null && recordsRead == records;
    }

    long bytes() {
        return records * RecordPattern.BYTES;
    }

    /** Of those that were written at full speed. */
    double recordsPerSecondWritten() {
        return timedRecords * 1e9 / writeNs;
    }

    double recordsPerSecondRead() {
        return timedRecords * 1e9 / readNs;
    }

    JsonObject json() {
        final JsonObject json = new JsonObject()
                .put("transport", plan.transport())
                .put("kept_in", plan.keptIn())
                .put("records", records)
                .put("bytes", bytes())
                .put("timed_bytes", timedRecords * RecordPattern.BYTES)
                .put("write_seconds", writeNs / 1e9)
                .put("write_bytes_per_second", (long) (recordsPerSecondWritten() * RecordPattern.BYTES))
                .put("read_seconds", readNs / 1e9)
                .put("read_bytes_per_second", (long) (recordsPerSecondRead() * RecordPattern.BYTES))
                .put("ack_p50_us", acks.getValueAtPercentile(50) / 1e3)
                .put("ack_p99_us", acks.getValueAtPercentile(99) / 1e3)
                .put("ack_p999_us", acks.getValueAtPercentile(99.9) / 1e3)
                .put("alone_records", aloneAcks.getTotalCount())
                .put("alone_ack_p50_us", aloneAcks.getValueAtPercentile(50) / 1e3)
                .put("alone_ack_p99_us", aloneAcks.getValueAtPercentile(99) / 1e3)
                .put("records_read", recordsRead)
                .put("verified", isVerified());
        return difference == null ? json.putNull("difference") : json.put("difference", difference);
    }
}
