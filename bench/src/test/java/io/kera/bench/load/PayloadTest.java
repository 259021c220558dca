package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {
    @Test
    void aNumberIsALength() {
        assertEquals(100, Payload.parse("100").length(7));
    }

    @Test
    void lengthsStayWithinTheirRange() {
        for (final String text : new String[] {"uniform:50..200", "zipf:50..200:1.1"}) {
            final Payload payload = Payload.parse(text);
            for (long number = 0; number < 100_000; number++) {
                final int length = payload.length(number);
                assertTrue(length >= 50 && length <= 200, text + " gave " + length);
            }
        }
    }

    @Test
    void distributionsHaveTheirShape() {
        assertEquals(125, Payload.parse("uniform:50..200").mean(), 3);
        assertTrue(Payload.parse("zipf:50..2000:1.1").mean() < 500, "short lengths are frequent");
        final Payload lognormal = Payload.parse("lognormal:200:1");
        assertEquals(200 * Math.exp(0.5), lognormal.mean(), 25);
    }

    @Test
    void everybodyDrawsTheSame() {
        final Payload one = Payload.parse("lognormal:200:1");
        final Payload other = Payload.parse("lognormal:200:1");
        for (int number = 0; number < 1000; number++) {
            assertEquals(one.length(number), other.length(number));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "x", "15", "-1", "9000000000", "uniform:1..5", "uniform:200..50", "uniform:50", "zipf:50..60"
            })
    void whatCannotBeIsRefusedByName(String text) {
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> Payload.parse(text));
        assertTrue(String.valueOf(refusal.getMessage()).startsWith("payload="), refusal.getMessage());
    }
}
