package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.TextTable;
import java.util.Locale;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The result of one transport.
 *
 * @param difference the first record that was not read as it was written; null: there is none
 */
record Outcome(
        String transport,
        long records,
        long writeNs,
        long readNs,
        Histogram acks,
        long recordsRead,
        @Nullable String difference) {
    boolean isVerified() {
        return difference == null && recordsRead == records;
    }

    static TextTable table() {
        return new TextTable(
                "OVER",
                ">RECORDS",
                ">BYTES",
                ">WRITTEN",
                ">RECORDS/S",
                ">ACK P50",
                ">P99",
                ">P99.9",
                ">READ BACK",
                "VERIFIED");
    }

    void addTo(TextTable table) {
        table.row(
                transport,
                Amounts.count(records),
                Amounts.bytes(bytes()),
                gigabytes(writeNs),
                Amounts.count((long) (records * 1e9 / writeNs)),
                Progress.micros(acks, 50),
                Progress.micros(acks, 99),
                Progress.micros(acks, 99.9),
                gigabytes(readNs),
                isVerified() ? "every byte" : "NO");
    }

    JsonObject json() {
        final JsonObject json = new JsonObject()
                .put("transport", transport)
                .put("records", records)
                .put("bytes", bytes())
                .put("write_seconds", writeNs / 1e9)
                .put("read_seconds", readNs / 1e9)
                .put("ack_p50_us", acks.getValueAtPercentile(50) / 1e3)
                .put("ack_p99_us", acks.getValueAtPercentile(99) / 1e3)
                .put("ack_p999_us", acks.getValueAtPercentile(99.9) / 1e3)
                .put("records_read", recordsRead)
                .put("verified", isVerified());
        return difference == null ? json.putNull("difference") : json.put("difference", difference);
    }

    private long bytes() {
        return records * RecordPattern.BYTES;
    }

    private String gigabytes(long nanos) {
        return String.format(Locale.ROOT, "%.2f GB/s", bytes() / (double) nanos);
    }
}
