package io.kera.coordinator;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Entries of a file that follow one another from its header on, up to the first bytes that are none. Immutable.
 *
 * @param endIndex index of the entry that would come next
 */
record EntryRun(int endPosition, long endIndex) {
    static EntryRun of(UnsafeBuffer bytes, long firstIndex, EntryLayout layout) {
        int at = EntryLayout.FILE_HEADER_BYTES;
        long index = firstIndex;
        int entry = layout.verifyEntry(bytes, at);
        while (entry > 0 && layout.index(bytes, at) == index) {
            at += entry;
            index++;
            entry = layout.verifyEntry(bytes, at);
        }
        return new EntryRun(Math.min(at, bytes.capacity()), index);
    }
}
