package io.kera.cli.dump;

import kera.codec.chunk.ChunkHeaderDecoder;

/**
 * A chunk in a journal's file. Immutable.
 *
 * @param at where in the file it begins
 * @param position where in its segment it begins
 */
record FoundChunk(JournalFile file, int at, long position, int bytes, long firstOffset, long endOffset) {
    static FoundChunk of(JournalEntry entry, ChunkHeaderDecoder header) {
        return new FoundChunk(
                entry.file(),
                entry.at(),
                header.position(),
                entry.bodyBytes(),
                header.baseOffset(),
                header.baseOffset() + header.recordCount());
    }

    long endPosition() {
        return position + bytes;
    }
}
