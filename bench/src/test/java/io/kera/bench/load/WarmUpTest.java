package io.kera.bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void isOverWhenThreeSlicesAgree() {
        final WarmUp warmUp = new WarmUp(SECOND, 20 * SECOND);
        feed(warmUp, 10, 50, 95, 100);
        assertFalse(warmUp.isOver(), "50 is not 100");
        feed(warmUp, 91);
        assertTrue(warmUp.isOver());
        assertEquals(new Warmth(5, Warmth.End.STEADY), warmUp.warmth());
    }

    @Test
    void isNotOverBeforeItsLeastTime() {
        final WarmUp warmUp = new WarmUp(5 * SECOND, 20 * SECOND);
        feed(warmUp, 100, 100, 100, 100);
        assertFalse(warmUp.isOver());
        feed(warmUp, 100);
        assertTrue(warmUp.isOver());
    }

    @Test
    void theLastSlicesHaveToAgreeNotAnyThree() {
        final WarmUp warmUp = new WarmUp(4 * SECOND, 20 * SECOND);
        feed(warmUp, 100, 100, 100, 50);
        assertFalse(warmUp.isOver());
    }

    @Test
    void aRateThatClimbsByLittleInEachSliceDoesNotAgree() {
        final WarmUp warmUp = new WarmUp(0, 20 * SECOND);
        feed(warmUp, 100, 106, 112);
        assertFalse(warmUp.isOver(), "what counts is the distance of the outermost");
    }

    @Test
    void doesNotTakeLongerThanItsMostAndSaysThatItNeverBecameSteady() {
        final WarmUp warmUp = new WarmUp(SECOND, 4 * SECOND);
        feed(warmUp, 1, 2, 4);
        assertFalse(warmUp.isOver());
        feed(warmUp, 8);
        assertTrue(warmUp.isOver());
        assertEquals(new Warmth(4, Warmth.End.UNSTEADY), warmUp.warmth());
    }

    @Test
    void whatStandsStillIsNotSteady() {
        final WarmUp warmUp = new WarmUp(SECOND, 20 * SECOND);
        feed(warmUp, 0, 0, 0);
        assertFalse(warmUp.isOver());
    }

    @Test
    void aSliceThatTookLongerIsJudgedByItsRate() {
        final WarmUp warmUp = new WarmUp(SECOND, 20 * SECOND);
        feed(warmUp, 100, 100);
        warmUp.add(250, 5 * SECOND / 2);
        assertTrue(warmUp.isOver());
    }

    @Test
    void withoutAMostItHasTheLengthOfItsLeastWhateverTheRate() {
        final WarmUp warmUp = new WarmUp(7 * SECOND, 0);
        for (int slice = 0; slice < 7; slice++) {
            assertFalse(warmUp.isOver());
            assertEquals(SECOND, warmUp.nextSliceNs());
            feed(warmUp, slice);
        }
        assertTrue(warmUp.isOver());
        assertEquals(new Warmth(7, Warmth.End.FIXED), warmUp.warmth());
    }

    @Test
    void noneIsOverAtOnce() {
        assertTrue(new WarmUp(0, 0).isOver());
    }

    @Test
    void theLastSliceTakesWhatWouldBeTooShortForOneOfItsOwn() {
        final WarmUp warmUp = new WarmUp(0, 3 * SECOND + SECOND / 4);
        assertEquals(SECOND, warmUp.nextSliceNs());
        feed(warmUp, 1, 2);
        assertEquals(SECOND + SECOND / 4, warmUp.nextSliceNs());
    }

    @Test
    void aLoadWithARateTakesAllTheTimeThatItMay() {
        final Workload paced =
                Workload.of(Workload.Kind.LATENCY).with("warmup", 2).with("warmup_max", 20);
        assertEquals(20, slicesOf(WarmUp.of(paced)));
        assertEquals(3, slicesOf(WarmUp.of(paced.with("kind", "PRODUCE").with("rate", 0))));
    }

    private static int slicesOf(WarmUp warmUp) {
        int slices = 0;
        for (; !warmUp.isOver(); slices++) {
            feed(warmUp, 100);
        }
        return slices;
    }

    @Test
    void theTwinInCppHasTheSameNumbers() throws Exception {
        try (var twin = Objects.requireNonNull(
                WarmUp.class.getResourceAsStream("/io/kera/bench/peer/librdkafka/warm_up.hpp"))) {
            final String text = new String(twin.readAllBytes(), StandardCharsets.UTF_8).replace("'", "");
            assertTrue(text.contains(" kSliceNs = " + WarmUp.SLICE_NS + ";"), text);
            assertTrue(text.contains(" kApartMax = " + WarmUp.APART_MAX + ";"), text);
        }
    }

    private static void feed(WarmUp warmUp, long... slices) {
        for (final long records : slices) {
            warmUp.add(records, SECOND);
        }
    }
}
