package io.kera.bench.peer;

import io.kera.bench.load.ProcessFigures;

/** A system under test in a process of its own, its data in memory; closing stops it and removes what it left. */
public interface Server extends AutoCloseable {
    long pid();

    /** What a client is given, for a transport. */
    String address(String transport);

    /** Resident now, without memory that was set aside for data. */
    long residentBytesBeyondData();

    /** Before a client of it runs. */
    default void resume() {}

    /** After a client of it has run: whoever would use the processors while others race, must not. */
    default void pause() {}

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
