package io.kera.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountsTest {
    @ParameterizedTest
    @CsvSource({
        "0,0",
        "512,512",
        "64k,65536",
        "1 MiB,1048576",
        "2GB,2147483648",
        "1t,1099511627776",
        "1x,-1",
        "-1,-1",
        "'',-1",
        "9999999999g,-1"
    })
    void readsSizes(String text, long bytes) {
        assertEquals(bytes, Amounts.parseBytes(text));
    }

    @ParameterizedTest
    @CsvSource({"5ms,5", "10s,10000", "90m,5400000", "2h,7200000", "7d,604800000", "7,-1", "soon,-1", "-1s,-1"})
    void readsTimes(String text, long millis) {
        assertEquals(millis, Amounts.parseMillis(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0 B",
        "1023,1023 B",
        "1024,1.0 KiB",
        "1536,1.5 KiB",
        "209715200,200 MiB",
        "9223372036854775807,8192 PiB"
    })
    void writesSizes(long bytes, String text) {
        assertEquals(text, Amounts.bytes(bytes));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "9999,9999", "10000,10.0 k", "2824000,2.8 M", "123456789,123 M"})
    void writesCounts(long count, String text) {
        assertEquals(text, Amounts.count(count));
    }

    @ParameterizedTest
    @CsvSource({"0,0ms", "1500,1500ms", "60000,1m", "5400000,90m", "604800000,7d"})
    void writesTimesAsTheyAreRead(long millis, String text) {
        assertEquals(text, Amounts.millis(millis));
        assertEquals(millis, Amounts.parseMillis(text));
    }

    @ParameterizedTest
    @CsvSource({"5,5 ms", "1250,1.25 s", "125000,2 m 05 s"})
    void writesDurations(long millis, String text) {
        assertEquals(text, Amounts.duration(Duration.ofMillis(millis)));
    }
}
