package io.kera.bench.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** That every benchmark still runs; its figures are of no interest. */
class MicroTest {
    @Test
    void everyBenchmarkRuns() throws Exception {
        final Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("io\\.kera\\.bench\\.micro\\..*")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(20))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        final TreeSet<String> names = new TreeSet<>();
        for (final RunResult result : results) {
            names.add(result.getPrimaryResult().getLabel());
            assertTrue(
                    result.getPrimaryResult().getScore() > 0,
                    result.getPrimaryResult().getLabel());
        }
        assertEquals(
                List.of("claim", "crossing", "frame", "key", "manyToOne", "offer", "oneToOne", "streamlet"),
                List.copyOf(names));
    }
}
