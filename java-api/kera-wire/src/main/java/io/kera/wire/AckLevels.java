package io.kera.wire;

import kera.codec.client.AckLevel;

/** Acknowledgement levels as messages have them, in the order of what they survive. The same in every schema. */
public final class AckLevels {
    public static final int NONE = AckLevel.NONE.value();
    public static final int LEADER = AckLevel.LEADER.value();
    public static final int REPLICAS = AckLevel.REPLICAS.value();
    public static final int DISK = AckLevel.DISK.value();

    private AckLevels() {}
}
