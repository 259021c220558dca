package io.kera.coordinator;

import kera.codec.metadata.AckLevel;

/** Acknowledgement levels as numbers, in the order of what they survive. Any thread; owns nothing. */
final class AckLevels {
    static final int MOST = AckLevel.DISK.value();

    private AckLevels() {}

    static AckLevel of(int level) {
        return AckLevel.get((short) level);
    }
}
