package io.kera.cli.record;

import io.kera.client.Record;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Records out of a file that {@code kera export} wrote, or somebody else in that form. One thread. */
interface ImportSource {
    /** The record says nothing of a streamlet. */
    int ANY_STREAMLET = -1;

    /** Of the file's stream; null where the file says nothing of it. To be asked before the first record. */
    @Nullable
    ExportHead head() throws IOException;

    /**
     * Fills in keys, headers, value and time of the next record. False: there are no more.
     *
     * @throws IllegalArgumentException says what is wrong with it
     */
    boolean next(Record record) throws IOException;

    /** Of the record that was filled in last. */
    int streamlet();

    /** Which one it is, for people: such as {@code line=7}. */
    String place();

    /** After the last record: why the file is not whole; empty: it is, or says nothing of that. */
    String defect();
}
