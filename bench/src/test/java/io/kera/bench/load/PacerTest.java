package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class PacerTest {
    @Test
    void aStallCountsForEveryRecordThatWasDueInIt() {
        final AtomicLong clock = new AtomicLong();
        final Pacer pacer = new Pacer(1000, true, clock::get);
        final Histogram latencies = new Histogram(3);
        pacer.begin();
        for (int number = 0; number < 100; number++) {
            clock.set(Math.max(clock.get(), pacer.dueNs()));
            pacer.awaitDue();
            if (number == 10) {
                clock.addAndGet(50_000_000);
            }
            latencies.recordValue(clock.get() - pacer.dueNs());
            pacer.next();
        }
        assertEquals(50, latencies.getMaxValue() / 1e6, 0.1, "the one that stalled");
        assertEquals(50, latencies.getCountBetweenValues(500_000, Long.MAX_VALUE), "and those behind it");
    }

    @Test
    void recordsAreDueAtEqualDistances() {
        final Pacer pacer = new Pacer(3, true, () -> 1000);
        pacer.begin();
        assertEquals(1000, pacer.dueNs());
        pacer.next();
        assertEquals(1000 + 333_333_333, pacer.dueNs());
        pacer.next();
        pacer.next();
        assertEquals(1000 + 1_000_000_000, pacer.dueNs());
    }
}
