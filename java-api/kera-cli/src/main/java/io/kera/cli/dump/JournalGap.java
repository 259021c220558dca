package io.kera.cli.dump;

/**
 * Positions of the virtual log for which there is no whole entry. Immutable.
 *
 * @param begun an entry had been begun there; else zeros, or what a file's life before has left
 */
record JournalGap(long fileNumber, long first, long end, String what, boolean begun) {
    JournalGap endingAt(long position) {
        return new JournalGap(fileNumber, first, position, what, begun);
    }
}
