package io.kera.cli.record;

import io.kera.cli.console.ByteText;
import io.kera.client.RecordView;

/** How a record is shown. The consumer's thread. */
@FunctionalInterface
interface RecordText {
    void write(RecordView record, ByteText text);
}
