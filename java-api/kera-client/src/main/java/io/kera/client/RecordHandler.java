package io.kera.client;

/** Gets one record after the other. */
@FunctionalInterface
public interface RecordHandler {
    /** The record is valid until this returns: copy what you keep. */
    void onRecord(RecordView record);
}
