package io.kera.cli.stream;

import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.Amounts;
import io.kera.cli.console.Console;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.TextTable;
import io.kera.client.StreamInfo;
import io.kera.client.StreamSettings;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** A stream as it is shown, for people and in JSON. Stateless. */
final class StreamText {
    private StreamText() {}

    static JsonObject json(StreamInfo stream) {
        final StreamSettings settings = stream.settings();
        return new JsonObject()
                .put("name", stream.name())
                .put("id", stream.id())
                .put("term", stream.term())
                .put("streamlets", settings.streamlets())
                .put("lanes", settings.lanes())
                .put("ackLevelMin", settings.ackLevelMin().name().toLowerCase(Locale.ROOT))
                .put("appendTimes", settings.appendTimes())
                .put("segmentBytesMax", settings.segmentBytesMax())
                .put("groupSegments", settings.groupSegments())
                .put("retentionMs", settings.retentionMs())
                .put("retentionBytes", settings.retentionBytes());
    }

    static List<JsonObject> json(List<StreamletRange> ranges) {
        return ranges.stream()
                .map(range -> new JsonObject()
                        .put("streamlet", range.streamlet())
                        .put("earliest", range.earliest())
                        .put("latest", range.latest()))
                .toList();
    }

    static void print(StreamInfo stream, Console console) {
        final StreamSettings settings = stream.settings();
        final PrintStream out = console.out();
        out.println(console.styled("@|bold " + stream.name() + "|@"));
        out.println("  id               " + stream.id());
        out.println("  term             " + stream.term());
        out.println("  streamlets       " + settings.streamlets());
        out.println("  lanes            " + settings.lanes());
        out.println("  ack level min    " + settings.ackLevelMin().name().toLowerCase(Locale.ROOT));
        out.println("  times            " + (settings.appendTimes() ? "of the append" : "of the producer"));
        out.println("  segment size     "
                + orChoice(settings.segmentBytesMax(), Amounts.bytes(settings.segmentBytesMax())));
        out.println(
                "  group segments   " + orChoice(settings.groupSegments(), String.valueOf(settings.groupSegments())));
        out.println("  retention        "
                + (settings.retentionMs() < 0
                        ? RetentionTimeConverter.FOREVER
                        : Amounts.millis(settings.retentionMs())));
        out.println("  retention bytes  "
                + (settings.retentionBytes() < 0
                        ? RetentionBytesConverter.UNLIMITED
                        : Amounts.bytes(settings.retentionBytes()) + " for each streamlet"));
    }

    static TextTable table(List<StreamletRange> ranges) {
        final TextTable table = new TextTable(">STREAMLET", ">EARLIEST", ">LATEST", ">RECORDS");
        ranges.forEach(range -> table.row(range.streamlet(), range.earliest(), range.latest(), range.records()));
        return table;
    }

    private static String orChoice(int value, String text) {
        return value == 0 ? "the node chooses" : text;
    }
}
