package io.kera.bench.race;

import io.kera.bench.load.LoadResult;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/** Some rows of the table that come from the same rounds. Immutable. */
interface RaceCase {
    /** What {@code --only} takes. */
    String name();

    List<Row> run(Field field, RaceOptions options) throws IOException, InterruptedException;

    /** In the name of a row. */
    static String percentile(double value) {
        return value == Math.rint(value) ? Integer.toString((int) value) : Double.toString(value);
    }

    /** In microseconds; not a number where nothing was timed. */
    static double micros(Histogram times, double percentile) {
        return times.getTotalCount() == 0 ? Double.NaN : times.getValueAtPercentile(percentile) / 1e3;
    }

    /** A rate of what was sent or read. */
    static double megabytes(long bytes, LoadResult result) {
        return bytes / result.seconds() / 1e6;
    }

    /** Processor time per 10^9 bytes of values. */
    static double perGigabyte(double cpuSeconds, long bytes) {
        return cpuSeconds / (bytes / 1e9);
    }

    /** Processors that the server kept busy. */
    ToDoubleFunction<LoadResult> SERVER_CORES = result -> result.serverCpuSeconds() / result.seconds();

    /** The same of the client's process. */
    ToDoubleFunction<LoadResult> CLIENT_CORES = result -> result.clientCpuSeconds() / result.seconds();
}
