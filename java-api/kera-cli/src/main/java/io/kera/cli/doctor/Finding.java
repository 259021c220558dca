package io.kera.cli.doctor;

/**
 * One thing that was looked at. Immutable.
 *
 * @param name such as {@code huge pages}
 * @param found what there is
 * @param cost what it costs that there is no more; empty where nothing lacks
 * @param remedy the command to mend it; empty where there is none
 */
record Finding(String name, Level level, String found, String cost, String remedy) {
    enum Level {
        /** Nothing lacks. */
        GOOD,
        /** It works, and costs something. */
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
