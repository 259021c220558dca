package io.kera.client;

/**
 * Where a record is.
 *
 * @param offset -1: not known, because there was no acknowledgement
 * @param appendTimeMs when the broker appended it; -1: not known
 * @param duplicate an earlier answer was lost; the record is stored once
 */
public record RecordMetadata(String stream, int streamlet, long offset, long appendTimeMs, boolean duplicate) {}
