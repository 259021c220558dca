package io.kera.node.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    private static final long SECOND_NS = Duration.ofSeconds(1).toNanos();
    private static final int COUNTERS = 8;

    private final CountersManager counters = new CountersManager(
            new UnsafeBuffer(ByteBuffer.allocateDirect(COUNTERS * CountersManager.METADATA_LENGTH)),
            new UnsafeBuffer(ByteBuffer.allocateDirect(COUNTERS * CountersManager.COUNTER_LENGTH)));
    private final AtomicCounter other = counters.newCounter("kera.reactor.appends reactor=0");
    private final AtomicCounter first = counters.newCounter("kera.reactor.duty_cycles reactor=0");
    private final AtomicCounter second = counters.newCounter("kera.reactor.duty_cycles reactor=1");
    private final List<String> sent = new ArrayList<>();
    private final Supervisor supervisor = new Supervisor(
            Map.of("NOTIFY_SOCKET", "/a"),
            1,
            (socket, message) -> {
                sent.add(message);
                return 0;
            },
            errno -> {});
    private final ReactorTurns turns = new ReactorTurns(counters, Duration.ofSeconds(5), 0);
    private String condition = "1 stream";
    private final Watchdog watchdog = new Watchdog(supervisor, turns, () -> condition, "1 stream");

    private List<String> look(long second) {
        sent.clear();
        watchdog.look(second * SECOND_NS);
        return List.copyOf(sent);
    }

    @Test
    void pingsWhileEveryReactorTurns() {
        assertEquals(2, turns.count());
        for (int at = 10; at <= 100; at += 10) {
            first.increment();
            second.increment();
            assertEquals(List.of("WATCHDOG=1"), look(at));
        }
    }

    @Test
    void doesNotPingWhenOneReactorHasStopped() {
        for (int at = 1; at <= 6; at++) {
            first.increment();
            other.increment();
            assertEquals(List.of("WATCHDOG=1"), look(at));
        }
        first.increment();
        assertEquals(List.of("STATUS=a reactor has not turned for 7 s"), look(7));
        first.increment();
        assertEquals(List.of("STATUS=a reactor has not turned for 8 s"), look(8));
        second.increment();
        assertEquals(List.of("WATCHDOG=1", "STATUS=1 stream"), look(9));
    }

    @Test
    void letsAReactorSleepUntilRetentionWakesIt() {
        assertEquals(List.of("WATCHDOG=1"), look(6));
        first.increment();
        second.increment();
        assertEquals(List.of("WATCHDOG=1"), look(12));
        assertEquals(List.of("WATCHDOG=1"), look(18));
    }

    @Test
    void tellsAConditionOnlyWhenItIsAnotherOne() {
        condition = "2 streams";
        assertEquals(List.of("WATCHDOG=1", "STATUS=2 streams"), look(1));
        assertEquals(List.of("WATCHDOG=1"), look(2));
    }
}
