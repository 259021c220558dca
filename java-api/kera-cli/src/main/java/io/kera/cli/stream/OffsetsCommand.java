package io.kera.cli.stream;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.PointInTime;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.cli.console.TextTable;
import io.kera.client.Admin;
import io.kera.client.KeraClient;
import io.kera.client.OffsetSpec;
import io.kera.client.StreamInfo;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows offsets of a stream. */
@Command(
        name = "offsets",
        description = {
            "Show the earliest and latest offset of each streamlet, and the offset at a time.",
            "Earliest is the offset of the first record. Latest is the offset after the last one. With --json,"
                    + " print one object"
                    + " per line.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera offsets clicks",
            "  kera offsets clicks --at 10m --streamlet 0 --streamlet 3",
            "  kera offsets clicks --at 2026-01-31T12:00 --json",
        })
public final class OffsetsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "STREAM", description = "The stream's name.")
    private String name = "";

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "Also show the offset of the first record at or after a time: " + PointInTime.FORMS + ".")
    private @Nullable String at;

    @Option(
            names = "--streamlet",
            paramLabel = "N",
            description = "Only this streamlet; may be repeated. Default: all.")
    private List<Integer> streamlets = List.of();

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() {
        final long millis = at == null ? -1 : PointInTime.parse(at, System.currentTimeMillis());
        if (at != null && millis < 0) {
            throw new CommandFailure(ExitCode.MISUSED, "--at=" + at + "; give a time as " + PointInTime.FORMS);
        }
        try (KeraClient client = session.connect()) {
            final StreamInfo stream = NamedStream.find(client.admin(), name);
            final List<StreamletRange> ranges = StreamletRange.of(client.admin(), stream, streamlets);
            if (output.isJson()) {
                ranges.forEach(range -> printJson(client.admin(), range, millis));
            } else {
                print(client.admin(), ranges, millis);
            }
        }
        return ExitCode.OK;
    }

    private void print(Admin admin, List<StreamletRange> ranges, long millis) {
        if (millis < 0) {
            StreamText.table(ranges).print(output.console());
            return;
        }
        final TextTable table = new TextTable(">STREAMLET", ">EARLIEST", ">LATEST", ">RECORDS", ">AT " + at);
        ranges.forEach(range -> table.row(
                range.streamlet(),
                range.earliest(),
                range.latest(),
                range.records(),
                admin.findOffset(name, range.streamlet(), OffsetSpec.atTime(millis))));
        table.print(output.console());
    }

    private void printJson(Admin admin, StreamletRange range, long millis) {
        final JsonObject line = new JsonObject()
                .put("stream", name)
                .put("streamlet", range.streamlet())
                .put("earliest", range.earliest())
                .put("latest", range.latest());
        if (millis >= 0) {
            line.put("timeMs", millis).put("at", admin.findOffset(name, range.streamlet(), OffsetSpec.atTime(millis)));
        }
        output.console().out().println(line);
    }
}
