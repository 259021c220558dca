package io.kera.client;

/** Looks at one record after the other. */
@FunctionalInterface
public interface RecordHandler {
    /** The record is valid until this returns: copy what is to be kept. */
    void onRecord(RecordView record);
}
