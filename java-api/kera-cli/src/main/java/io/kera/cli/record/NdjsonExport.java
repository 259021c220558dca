package io.kera.cli.record;

import io.kera.cli.console.ByteText;
import io.kera.cli.console.JsonObject;
import io.kera.client.RecordView;
import io.kera.client.StreamInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Lines as {@code kera consume --json} has them, between one about the stream and one about the end. */
final class NdjsonExport implements ExportForm {
    /** The member that only the last line has. */
    static final String END = "end";

    private final RecordJson lines = new RecordJson(false);

    @Override
    public void begin(StreamInfo stream, OutputStream out) throws IOException {
        write(ExportHead.line(stream), out);
    }

    @Override
    public void write(RecordView record, ByteText text) {
        lines.write(record, text);
    }

    @Override
    public void end(long records, OutputStream out) throws IOException {
        write(new JsonObject().put(END, true).put("records", records).toString(), out);
    }

    private static void write(String line, OutputStream out) throws IOException {
        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
