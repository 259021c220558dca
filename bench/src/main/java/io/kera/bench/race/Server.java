package io.kera.bench.race;

/** A system under test in a process of its own, its data in memory; closing stops it and removes what it left. */
interface Server extends AutoCloseable {
    long pid();

    /** What a client is given, for a transport. */
    String address(String transport);

    /** Resident now, without memory that was set aside for data. */
    long residentBytesBeyondData();

    @Override
    void close();
}
