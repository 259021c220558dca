package io.kera.client;

import io.kera.client.errors.KeraException;
import org.jspecify.annotations.Nullable;

/**
 * Told once what became of a record.
 *
 * <p>Runs on the producer's own thread for outcomes, one at a time, in order within a streamlet; without an I/O thread,
 * within the caller's {@code poll}, {@code flush} and {@code close}. It must not wait for the producer.
 */
@FunctionalInterface
public interface SendCallback {
    /**
     * The outcome of one record.
     *
     * @param offset -1: not known, after an error or without acknowledgement
     * @param appendTimeMs -1: not known
     * @param duplicate an earlier answer had been lost; the record is there once
     * @param error why it failed; null: it is as durable as was asked for
     */
    void onOutcome(
            String stream,
            int streamlet,
            long offset,
            long appendTimeMs,
            boolean duplicate,
            @Nullable KeraException error);
}
