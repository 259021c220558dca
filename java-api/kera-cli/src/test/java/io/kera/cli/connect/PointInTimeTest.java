package io.kera.cli.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDateTime;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PointInTimeTest {
    private static final long NOW = 1_800_000_000_000L;

    @ParameterizedTest
    @CsvSource({
        "@0,0",
        "@1700000000000,1700000000000",
        "10m,1799999400000",
        "-10m,1799999400000",
        "9999999d,0",
        "1970-01-01T00:00:01Z,1000",
        "1970-01-01T01:00:00+01:00,0",
        "1970-01-01T00:00:00.250Z,250",
    })
    void readsTimes(String text, long millis) {
        assertEquals(millis, PointInTime.parse(text, NOW));
    }

    @Test
    void takesTimesWithoutAZoneAsLocal() {
        final LocalDateTime noon = LocalDateTime.of(2026, 1, 31, 12, 0);
        assertEquals(millis(noon), PointInTime.parse("2026-01-31T12:00", NOW));
        assertEquals(millis(noon.minusHours(12)), PointInTime.parse("2026-01-31", NOW));
    }

    private static long millis(LocalDateTime local) {
        return local.atZone(ZoneId.systemDefault()).toInstant().toEpochMilli();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "noon", "@", "@-1", "10", "2026-13-01", "2026-01-31T25:00", "1969-01-01T00:00:00Z"})
    void refusesWhatIsNoTime(String text) {
        assertEquals(-1, PointInTime.parse(text, NOW));
    }
}
