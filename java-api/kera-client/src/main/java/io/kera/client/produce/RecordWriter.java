package io.kera.client.produce;

import org.agrona.MutableDirectBuffer;

/**
 * Lays out a record of a user; this package does not know what one is.
 *
 * @param <R> what a record is
 */
@FunctionalInterface
public interface RecordWriter<R> {
    /**
     * Writes the record where there is room for it.
     *
     * @param timestampDeltaMs its time, after the first one of the chunk
     */
    void write(R record, MutableDirectBuffer chunk, int at, int bytes, int timestampDeltaMs);
}
