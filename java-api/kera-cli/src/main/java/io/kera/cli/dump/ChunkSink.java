package io.kera.cli.dump;

import kera.codec.chunk.ChunkHeaderDecoder;

/** Is shown every chunk that is whole, in order. */
@FunctionalInterface
interface ChunkSink {
    /** {@code at}: where in the file the chunk begins. The header is valid until this returns. */
    void onChunk(FileBytes file, int at, ChunkHeaderDecoder header, boolean hasRecords);
}
