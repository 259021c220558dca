package io.kera.client;

/**
 * Where a record is.
 *
 * @param offset -1: not known, because nobody acknowledged it
 * @param appendTimeMs when the broker appended it; -1: not known
 * @param duplicate an earlier answer had been lost; the record is there once
 */
public record RecordMetadata(String stream, int streamlet, long offset, long appendTimeMs, boolean duplicate) {}
