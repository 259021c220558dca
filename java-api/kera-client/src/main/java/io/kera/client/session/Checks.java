package io.kera.client.session;

import java.time.Duration;

/** Limits of options; each refusal names the option, its limit and its value. Stateless. */
public final class Checks {
    private Checks() {}

    public static int within(String what, int value, int least, int most) {
        return (int) within(what, (long) value, least, most);
    }

    public static long within(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw Refusals.invalid(what, value < least ? least : most, value);
        }
        return value;
    }

    public static long positive(String what, Duration wait) {
        return within(what, nanos(wait), 1, Long.MAX_VALUE);
    }

    public static long notNegative(String what, Duration wait) {
        return within(what, nanos(wait), 0, Long.MAX_VALUE);
    }

    /** What does not fit is as good as for ever. */
    public static long nanos(Duration wait) {
        try {
            return wait.toNanos();
        } catch (ArithmeticException e) {
            return wait.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
