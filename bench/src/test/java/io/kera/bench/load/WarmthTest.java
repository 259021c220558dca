package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class WarmthTest {
    private static final Warmth STEADY = new Warmth(7.02, Warmth.End.STEADY);
    private static final Warmth UNSTEADY = new Warmth(5, Warmth.End.UNSTEADY);

    @Test
    void oneThatIsNotSteadyIsEnough() {
        assertEquals(new Warmth(7.02, Warmth.End.UNSTEADY), STEADY.plus(UNSTEADY));
        assertEquals(new Warmth(7.02, Warmth.End.UNSTEADY), UNSTEADY.plus(STEADY));
        assertEquals(STEADY, new Warmth(1, Warmth.End.FIXED).plus(STEADY));
    }

    @Test
    void saysHowLongItTookAndHowItEnded() {
        assertEquals("warm after 7 s", STEADY.text());
        assertEquals("NOT STEADY after 5 s", UNSTEADY.text());
        assertEquals("warmed for 0.5 s", new Warmth(0.5, Warmth.End.FIXED).text());
    }
}
