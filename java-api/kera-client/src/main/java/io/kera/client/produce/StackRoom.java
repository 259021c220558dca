package io.kera.client.produce;

/**
 * Room on the calling thread's stack, before it does what must not be left half done, such as holding a lock.
 *
 * <p>Stateless. Not for each record.
 */
final class StackRoom {
    /** What follows needs some ten; compiled ones, of which this counts, are smaller than others. */
    private static final int FRAMES = 256;

    private StackRoom() {}

    /** Throws {@link StackOverflowError} where there is too little. */
    static void require() {
        if (descend(FRAMES) < 0) {
            throw new AssertionError();
        }
    }

    private static int descend(int left) {
        return left == 0 ? 0 : descend(left - 1) + 1;
    }
}
