package io.kera.cli.dump;

/**
 * A whole entry. Immutable.
 *
 * @param at where its body begins in the file
 */
record JournalEntry(JournalFile file, boolean isChunk, long position, long end, int at) {
    int bodyBytes() {
        return (int) (end - position) - JournalFile.ENTRY_HEADER_BYTES;
    }
}
