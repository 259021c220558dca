package io.kera.client;

import java.time.Duration;

/** Limits of options; each refusal names the option, its limit and its value. Stateless. */
final class Checks {
    private Checks() {}

    static int within(String what, int value, int least, int most) {
        return (int) within(what, (long) value, least, most);
    }

    static long within(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw KeraException.invalid(what, value < least ? least : most, value);
        }
        return value;
    }

    static long positive(String what, Duration wait) {
        return within(what, nanos(wait), 1, Long.MAX_VALUE);
    }

    static long notNegative(String what, Duration wait) {
        return within(what, nanos(wait), 0, Long.MAX_VALUE);
    }

    /** What does not fit is as good as for ever. */
    static long nanos(Duration wait) {
        try {
            return wait.toNanos();
        } catch (ArithmeticException e) {
            return wait.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }
}
