package io.kera.bench.race;

import io.kera.bench.load.ProcessFigures;

/** A system under test in a process of its own, its data in memory; closing stops it and removes what it left. */
interface Server extends AutoCloseable {
    long pid();

    /** What a client is given, for a transport. */
    String address(String transport);

    /** Resident now, without memory that was set aside for data. */
    long residentBytesBeyondData();

    /** Until what a start leaves to be done in the background is done: three quiet seconds in a row, or a minute. */
    default void settle() throws InterruptedException {
        int quiet = 0;
        for (int second = 0; second < 60 && quiet < 3; second++) {
            final double before = ProcessFigures.cpuSeconds(pid());
            Thread.sleep(1000);
            quiet = ProcessFigures.cpuSeconds(pid()) - before <= 0.06 ? quiet + 1 : 0;
        }
    }

    @Override
    void close();
}
