package io.kera.wire;

import org.agrona.DirectBuffer;

/**
 * Which streamlet a key belongs to: Kafka's murmur2 of it, as {@code native/src/client/produce/partitioner.hpp} has it.
 *
 * <p>Stateless.
 */
public final class KeyHash {
    private static final int SEED = 0x9747B28C;
    private static final int MULTIPLIER = 0x5BD1E995;
    private static final int SHIFT = 24;

    private KeyHash() {}

    /** REQUIRES: streamlets &gt; 0. */
    public static int streamletOf(DirectBuffer key, int index, int length, int streamlets) {
        return (murmur2(key, index, length) & Integer.MAX_VALUE) % streamlets;
    }

    /** Austin Appleby's MurmurHash2 with the seed that Kafka's clients use. */
    public static int murmur2(DirectBuffer key, int index, int length) {
        int hash = SEED ^ length;
        int at = index;
        int left = length;
        while (left >= Integer.BYTES) {
            int word = key.getInt(at) * MULTIPLIER;
            word ^= word >>> SHIFT;
            hash = (hash * MULTIPLIER) ^ (word * MULTIPLIER);
            at += Integer.BYTES;
            left -= Integer.BYTES;
        }
        if (left > 0) {
            int tail = 0;
            for (int i = left - 1; i >= 0; i--) {
                tail = tail << Byte.SIZE | (key.getByte(at + i) & 0xFF);
            }
            hash = (hash ^ tail) * MULTIPLIER;
        }
        hash ^= hash >>> 13;
        hash *= MULTIPLIER;
        return hash ^ (hash >>> 15);
    }
}
