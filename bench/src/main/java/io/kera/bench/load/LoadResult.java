package io.kera.bench.load;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What came of a workload in one process; can be written as lines and read back, so that it may have run elsewhere.
 *
 * @param sent records acknowledged in the time that counts
 * @param sentBytes of their values
 * @param read records read in that time
 * @param readBytes of their values
 * @param failures records refused or never acknowledged
 * @param seconds the time that counts, with the last flush
 * @param clientCpuSeconds used by this process in that time
 * @param serverCpuSeconds used by the server in that time; 0: not known
 * @param foreignShare of the machine's processors, used by others in that time
 * @param serverPeakBytes the server's peak resident memory; 0: not known
 * @param clientPeakBytes this process's
 * @param acks from due to acknowledged, sampled, in nanoseconds
 * @param endToEnd from due to read
 * @param fromSend from sent to read: what would be seen if a late sender were not counted
 * @param series {second, records per second} along the time that counts
 * @param warmth when that time began
 */
public record LoadResult(
        long sent,
        long sentBytes,
        long read,
        long readBytes,
        long failures,
        double seconds,
        double clientCpuSeconds,
        double serverCpuSeconds,
        double foreignShare,
        long serverPeakBytes,
        long clientPeakBytes,
        Histogram acks,
        Histogram endToEnd,
        Histogram fromSend,
        List<double[]> series,
        Warmth warmth) {
    /** Of histograms: a tenth of a percent. */
    public static final int DIGITS = 3;
    /** Histograms have room for an hour from the beginning: to grow costs milliseconds, and what they time. */
    static final long TIME_NS_MAX = 3_600_000_000_000L;

    /** As histograms take it: not negative, an hour at most. */
    static long time(long fromNs, long toNs) {
        return Math.min(Math.max(0, toNs - fromNs), TIME_NS_MAX);
    }

    public double sentPerSecond() {
        return sent / seconds;
    }

    public double readPerSecond() {
        return read / seconds;
    }

    /** Together, as if one process had done it: of the same server in the same time. */
    public LoadResult plus(LoadResult other) {
        final List<double[]> together = new ArrayList<>();
        for (int at = 0; at < Math.max(series.size(), other.series.size()); at++) {
            final double[] one = at < series.size()
                    ? series.get(at)
                    : new double[] {other.series.get(at)[0], 0};
            final double more = at < other.series.size() ? other.series.get(at)[1] : 0;
            together.add(new double[] {one[0], one[1] + more});
        }
        return new LoadResult(
                sent + other.sent,
                sentBytes + other.sentBytes,
                read + other.read,
                readBytes + other.readBytes,
                failures + other.failures,
                Math.max(seconds, other.seconds),
                clientCpuSeconds + other.clientCpuSeconds,
                Math.max(serverCpuSeconds, other.serverCpuSeconds),
                Math.max(foreignShare, other.foreignShare),
                Math.max(serverPeakBytes, other.serverPeakBytes),
                Math.max(clientPeakBytes, other.clientPeakBytes),
                sum(acks, other.acks),
                sum(endToEnd, other.endToEnd),
                sum(fromSend, other.fromSend),
                together,
                warmth.plus(other.warmth));
    }

    /** {@code name=value} lines. */
    public List<String> toLines() {
        final List<String> lines = new ArrayList<>();
        lines.add("sent=" + sent);
        lines.add("sent_bytes=" + sentBytes);
        lines.add("read=" + read);
        lines.add("read_bytes=" + readBytes);
        lines.add("failures=" + failures);
        lines.add("warmup_seconds=" + warmth.seconds());
        lines.add("warmup_end=" + warmth.end().text());
        lines.add("seconds=" + seconds);
        lines.add("client_cpu_seconds=" + clientCpuSeconds);
        lines.add("server_cpu_seconds=" + serverCpuSeconds);
        lines.add("foreign_share=" + foreignShare);
        lines.add("server_peak_bytes=" + serverPeakBytes);
        lines.add("client_peak_bytes=" + clientPeakBytes);
        lines.add("acks=" + text(acks));
        lines.add("end_to_end=" + text(endToEnd));
        lines.add("from_send=" + text(fromSend));
        final List<String> points = new ArrayList<>();
        series.forEach(point -> points.add(point[0] + ":" + point[1]));
        lines.add("series=" + String.join(",", points));
        return lines;
    }

    /** From {@link #toLines}; other lines are passed over. */
    public static LoadResult parse(List<String> lines) {
        final Map<String, String> values = new LinkedHashMap<>();
        for (final String line : lines) {
            final int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        if (!values.containsKey("seconds")) {
            throw new IllegalArgumentException("no result in the client's output: " + String.join(" | ", lines));
        }
        final List<double[]> series = new ArrayList<>();
        for (final String point : parts(values.getOrDefault("series", ""))) {
            final int colon = point.indexOf(':');
            series.add(new double[] {
                Double.parseDouble(point.substring(0, colon)), Double.parseDouble(point.substring(colon + 1))
            });
        }
        return new LoadResult(
                whole(values, "sent"),
                whole(values, "sent_bytes"),
                whole(values, "read"),
                whole(values, "read_bytes"),
                whole(values, "failures"),
                real(values, "seconds"),
                real(values, "client_cpu_seconds"),
                real(values, "server_cpu_seconds"),
                real(values, "foreign_share"),
                whole(values, "server_peak_bytes"),
                whole(values, "client_peak_bytes"),
                histogram(values.getOrDefault("acks", "")),
                histogram(values.getOrDefault("end_to_end", "")),
                histogram(values.getOrDefault("from_send", "")),
                series,
                new Warmth(
                        real(values, "warmup_seconds"), Warmth.End.parse(values.getOrDefault("warmup_end", "fixed"))));
    }

    private static Histogram sum(Histogram one, Histogram other) {
        final Histogram both = new Histogram(DIGITS);
        both.add(one);
        both.add(other);
        return both;
    }

    /** {@code value:count,...}, which programs in other languages can write too. */
    private static String text(Histogram histogram) {
        final StringBuilder text = new StringBuilder();
        histogram
                .recordedValues()
                .forEach(value -> text.append(text.length() == 0 ? "" : ",")
                        .append(value.getValueIteratedTo())
                        .append(':')
                        .append(value.getCountAtValueIteratedTo()));
        return text.toString();
    }

    private static Histogram histogram(String text) {
        final Histogram histogram = new Histogram(DIGITS);
        for (final String part : parts(text)) {
            final int colon = part.indexOf(':');
            histogram.recordValueWithCount(
                    Long.parseLong(part.substring(0, colon)), Long.parseLong(part.substring(colon + 1)));
        }
        return histogram;
    }

    private static List<String> parts(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

    private static long whole(Map<String, String> values, String name) {
        return Long.parseLong(values.getOrDefault(name, "0"));
    }

    private static double real(Map<String, String> values, String name) {
        return Double.parseDouble(values.getOrDefault(name, "0"));
    }
}
