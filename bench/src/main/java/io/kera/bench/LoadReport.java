package io.kera.bench;

import io.kera.bench.load.LoadResult;
import io.kera.bench.load.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** One load, for people and as JSON, which {@code bench plot} reads. Any thread. */
final class LoadReport {
    private static final double[] PERCENTILES = {
        0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 99.995, 99.999, 100
    };

    private LoadReport() {}

    /** The JSON of one load; histograms are in microseconds. */
    static Map<String, Object> json(String engine, Workload workload, LoadResult result) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", workload.kind().name().toLowerCase(Locale.ROOT) + " " + workload.payload());
        json.put("engine", engine);
        json.put("workload", workload.toMap());
        json.put("seconds", result.seconds());
        json.put("sent", result.sent());
        json.put("sent_bytes", result.sentBytes());
        json.put("sent_per_second", result.sentPerSecond());
        json.put("read", result.read());
        json.put("read_bytes", result.readBytes());
        json.put("read_per_second", result.readPerSecond());
        json.put("failures", result.failures());
        json.put("warmup_seconds", result.warmth().seconds());
        json.put("warmup_end", result.warmth().end().text());
        json.put("client_cpu_seconds", result.clientCpuSeconds());
        json.put("server_cpu_seconds", result.serverCpuSeconds());
        json.put("foreign_share", result.foreignShare());
        json.put("server_peak_bytes", result.serverPeakBytes());
        json.put("client_peak_bytes", result.clientPeakBytes());
        final Map<String, Object> latencies = new LinkedHashMap<>();
        put(latencies, "acknowledged", result.acks());
        put(latencies, "end_to_end", result.endToEnd());
        put(latencies, "end_to_end_from_send", result.fromSend());
        json.put("latency_us", latencies);
        final List<Object> series = new ArrayList<>();
        result.series().forEach(point -> series.add(List.of(point[0], point[1])));
        json.put("records_per_second", series);
        return json;
    }

    static String text(String engine, Workload workload, LoadResult result) {
        final StringBuilder text = new StringBuilder();
        text.append(engine).append(", ").append(conditions(workload)).append('\n');
        final MarkdownTable rates = new MarkdownTable("", "records", "million/s", "MB/s");
        if (result.sent() > 0) {
            rates.row(
                    "acknowledged",
                    Long.toString(result.sent()),
                    millions(result.sentPerSecond()),
                    megabytes(result.sentBytes(), result));
        }
        if (result.read() > 0) {
            rates.row(
                    "read",
                    Long.toString(result.read()),
                    millions(result.readPerSecond()),
                    megabytes(result.readBytes(), result));
        }
        text.append(rates);
        final MarkdownTable latencies =
                new MarkdownTable("latency, us", "p50", "p90", "p99", "p99.9", "max", "samples");
        row(latencies, "due to acknowledged", result.acks());
        row(latencies, "due to read", result.endToEnd());
        row(latencies, "sent to read", result.fromSend());
        if (result.acks().getTotalCount() + result.endToEnd().getTotalCount() > 0) {
            text.append(latencies);
        }
        final double gigabytes = Math.max(result.sentBytes(), result.readBytes()) / 1e9;
        text.append(String.format(
                Locale.ROOT, "client %s CPU s/GB", MarkdownTable.number(result.clientCpuSeconds() / gigabytes)));
        if (result.serverCpuSeconds() > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    ", server %s CPU s/GB, peak %d MiB",
                    MarkdownTable.number(result.serverCpuSeconds() / gigabytes),
                    result.serverPeakBytes() >> 20));
        }
        text.append(", ").append(result.warmth().text());
        if (result.failures() > 0) {
            text.append(", FAILED records ").append(result.failures());
        }
        return text.append('\n').toString();
    }

    static String conditions(Workload workload) {
        return String.format(
                Locale.ROOT,
                "%s %s B, %d producers, %d consumers, %d streams of %d streamlets, %s, acks %s, linger %s",
                workload.kind().name().toLowerCase(Locale.ROOT),
                workload.payload(),
                workload.producers(),
                workload.consumers(),
                workload.streams(),
                workload.streamlets(),
                workload.rate() == 0 ? "as fast as it goes" : workload.rate() + " records/s",
                workload.acks(),
                workload.lingerMicros() < 0 ? "default" : workload.lingerMicros() + " us");
    }

    private static void row(MarkdownTable table, String name, Histogram histogram) {
        if (histogram.getTotalCount() > 0) {
            table.row(
                    name,
                    micros(histogram.getValueAtPercentile(50)),
                    micros(histogram.getValueAtPercentile(90)),
                    micros(histogram.getValueAtPercentile(99)),
                    micros(histogram.getValueAtPercentile(99.9)),
                    micros(histogram.getMaxValue()),
                    Long.toString(histogram.getTotalCount()));
        }
    }

    private static void put(Map<String, Object> latencies, String name, Histogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return;
        }
        final List<Object> points = new ArrayList<>();
        for (final double percentile : PERCENTILES) {
            points.add(List.of(percentile, histogram.getValueAtPercentile(percentile) / 1e3));
        }
        latencies.put(name, Map.of("count", histogram.getTotalCount(), "percentiles", points));
    }

    private static String micros(long nanos) {
        return MarkdownTable.number(nanos / 1e3);
    }

    private static String millions(double perSecond) {
        return MarkdownTable.number(perSecond / 1e6);
    }

    private static String megabytes(long bytes, LoadResult result) {
        return MarkdownTable.number(bytes / result.seconds() / 1e6);
    }
}
