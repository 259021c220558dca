package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LoadResultTest {
    @Test
    void whatIsWrittenAsLinesIsReadBack() {
        final LoadResult result = result(1000);
        final LoadResult read = LoadResult.parse(result.toLines());
        assertEquals(result.toLines(), read.toLines());
        assertEquals(result.endToEnd().getValueAtPercentile(99), read.endToEnd().getValueAtPercentile(99));
    }

    @Test
    void processesAddUp() {
        final LoadResult both = result(1000).plus(result(3000));
        assertEquals(4000, both.sent());
        assertEquals(2, both.endToEnd().getTotalCount());
        assertEquals(2.0, both.seconds());
        assertEquals(new Warmth(3, Warmth.End.STEADY), both.warmth());
        assertEquals(4000.0, both.series().get(0)[1]);
    }

    @Test
    void outputWithoutAResultIsShown() {
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> LoadResult.parse(List.of("connection refused")));
        assertEquals("no result in the client's output: connection refused", refusal.getMessage());
    }

    private static LoadResult result(long sent) {
        final Histogram latencies = new Histogram(LoadResult.DIGITS);
        latencies.recordValue(sent * 1000);
        return new LoadResult(
                sent,
                sent * 100,
                sent,
                sent * 100,
                0,
                2,
                0.5,
                0.25,
                0.01,
                1 << 20,
                1 << 20,
                new Histogram(LoadResult.DIGITS),
                latencies,
                new Histogram(LoadResult.DIGITS),
                List.of(new double[] {0.1, sent}),
                new Warmth(sent / 1000.0, Warmth.End.STEADY));
    }

    @Test
    void timesAreWithinWhatHistogramsTake() {
        assertEquals(5, LoadResult.time(10, 15));
        assertEquals(0, LoadResult.time(15, 10));
        assertEquals(LoadResult.TIME_NS_MAX, LoadResult.time(0, Long.MAX_VALUE));
    }
}
