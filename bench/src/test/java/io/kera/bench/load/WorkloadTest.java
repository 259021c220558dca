package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class WorkloadTest {
    @Test
    void isTheSameInAnotherProcess() {
        final Workload workload = Workload.of(Workload.Kind.MIXED)
                .with("rate", 500)
                .with("warmup_max", 20)
                .with("payload", "uniform:16..99")
                .with("one_thread", true);
        assertEquals(workload.toMap(), Workload.parse(workload.toMap()).toMap());
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        refuses("rate=0", Map.of("kind", "LATENCY", "rate", "0"));
        refuses("producers=0", Map.of("producers", "0"));
        refuses("acks=some", Map.of("acks", "some"));
        refuses("one-thread", Map.of("one_thread", "true", "producers", "2"));
        refuses("warmup_max=-1.0", Map.of("warmup_max", "-1"));
        refuses("seconds=0", Map.of("seconds", "0"));
    }

    @Test
    void takesNoLongerThanWarmUpAndWhatCounts() {
        final Workload workload =
                Workload.of(Workload.Kind.PRODUCE).with("warmup", 3).with("seconds", 5);
        assertEquals(8, workload.secondsMax());
        assertEquals(25, workload.with("warmup_max", 20).secondsMax());
    }

    private static void refuses(String start, Map<String, String> values) {
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> Workload.parse(values));
        assertTrue(String.valueOf(refusal.getMessage()).startsWith(start), refusal.getMessage());
    }
}
