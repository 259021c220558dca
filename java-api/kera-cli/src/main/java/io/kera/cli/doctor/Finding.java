package io.kera.cli.doctor;

/**
 * The result of one check. Immutable.
 *
 * @param name such as {@code huge pages}
 * @param found what the machine has
 * @param cost what the lack costs; empty: nothing is missing
 * @param remedy the command that helps; empty: there is none
 */
record Finding(String name, Level level, String found, String cost, String remedy) {
    enum Level {
        /** Nothing is missing. */
        GOOD,
        /** It works, but it costs something. */
        COSTLY,
        /** It does not work. */
        BAD
    }

    static Finding good(String name, String found) {
        return new Finding(name, Level.GOOD, found, "", "");
    }

    static Finding costly(String name, String found, String cost, String remedy) {
        return new Finding(name, Level.COSTLY, found, cost, remedy);
    }

    static Finding bad(String name, String found, String cost, String remedy) {
        return new Finding(name, Level.BAD, found, cost, remedy);
    }
}
