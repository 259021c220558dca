package io.kera.client;

import io.kera.client.errors.KeraException;
import org.jspecify.annotations.Nullable;

/**
 * Gets the outcome of a record, once.
 *
 * <p>A producer has a thread for its callbacks. It runs one at a time, in order within a streamlet. Without an I/O
 * thread they run inside the caller's {@code poll}, {@code flush} and {@code close}. A callback must not wait for the
 * producer.
 */
@FunctionalInterface
public interface SendCallback {
    /**
     * The outcome of one record.
     *
     * @param offset -1: not known, after an error or without acknowledgement
     * @param appendTimeMs -1: not known
     * @param duplicate an earlier answer was lost; the record is stored once
     * @param error why the record failed; null: it is acknowledged as {@link ProducerOptions#acks} asks
     */
    void onOutcome(
            String stream,
            int streamlet,
            long offset,
            long appendTimeMs,
            boolean duplicate,
            @Nullable KeraException error);
}
