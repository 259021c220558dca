package io.kera.node.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SupervisorTest {
    private static final long PID = 42;

    private final List<String> sent = new ArrayList<>();
    private final List<Integer> refused = new ArrayList<>();

    private Supervisor supervisor(Map<String, String> environment, int answer) {
        return new Supervisor(
                environment,
                PID,
                (socket, message) -> {
                    sent.add(socket + " " + message);
                    return answer;
                },
                refused::add);
    }

    @Test
    void tellsNobodyWhereNobodyAsked() {
        final Supervisor none = supervisor(Map.of("WATCHDOG_USEC", "1000000"), 0);
        none.ready("ready");
        none.ping();
        none.stopping(Duration.ofSeconds(1));
        assertFalse(none.isThere());
        assertEquals(0, none.watchdogNs());
        assertEquals(List.of(), sent);
    }

    @Test
    void asksForTheTimeThatAStopMayTake() {
        supervisor(Map.of("NOTIFY_SOCKET", "@a"), 0).stopping(Duration.ofMinutes(2));
        assertEquals(
                List.of("@a STOPPING=1\nSTATUS=stopping: writing what was acknowledged to disk\n"
                        + "EXTEND_TIMEOUT_USEC=135000000"),
                sent);
    }

    @Test
    void letsNoTextBeginAnotherField() {
        supervisor(Map.of("NOTIFY_SOCKET", "/a"), 0).ready("lost\nMAINPID=1");
        assertEquals(List.of("/a READY=1\nSTATUS=lost MAINPID=1"), sent);
    }

    @Test
    void saysWhyAMessageWasNotSent() {
        supervisor(Map.of("NOTIFY_SOCKET", "/a"), 2).ping();
        assertEquals(List.of(2), refused);
    }

    @ParameterizedTest
    @CsvSource({
        "30000000,42,30000000000",
        "30000000,'',30000000000",
        "30000000,43,0",
        "0,42,0",
        "'',42,0",
        "-5,42,0",
        "soon,42,0",
        "99999999999999999999,42,0"
    })
    void obeysOnlyAWatchdogOfThisProcess(String micros, String pid, long nanos) {
        final Map<String, String> environment =
                Map.of("NOTIFY_SOCKET", "/a", "WATCHDOG_USEC", micros, "WATCHDOG_PID", pid);
        assertEquals(nanos, supervisor(environment, 0).watchdogNs());
    }
}
