package io.kera.cli.record;

import io.kera.client.StreamInfo;
import java.io.IOException;
import java.io.OutputStream;

/** How a stream and its records stand in a file. One thread. */
interface ExportForm extends RecordText {
    /** Before the records. */
    void begin(StreamInfo stream, OutputStream out) throws IOException;

    /** After all of them; a file without this is not whole. */
    void end(long records, OutputStream out) throws IOException;
}
