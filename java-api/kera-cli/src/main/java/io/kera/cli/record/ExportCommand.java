package io.kera.cli.record;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.StreamInfo;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a stream to a file. */
@Command(
        name = "export",
        description = {
            "Write the records that a stream has now, and its settings, to a file that 'kera import' reads.",
            "ndjson: a line of JSON for each record, as 'kera consume --json' prints it. raw: bytes behind their "
                    + "lengths, faster and with a checksum. A file that was not finished has no end, and import says so.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera export clicks --file clicks.ndjson",
            "  kera export clicks --form raw --file clicks.raw",
            "  kera export clicks --from 7d | gzip > clicks.ndjson.gz",
        })
public final class ExportCommand implements Callable<Integer> {
    enum Form {
        NDJSON,
        RAW
    }

    @Parameters(paramLabel = "STREAM", description = "The stream's name.")
    private String name = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The file to write; '-' is standard output. Default: ${DEFAULT-VALUE}.")
    private String file = ExportFile.STANDARD;

    @Option(names = "--overwrite", description = "The file may exist.")
    private boolean overwrite;

    @Option(
            names = "--form",
            paramLabel = "FORM",
            description = "Form of the file: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Form form = Form.NDJSON;

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            description = "Where to begin: " + ReadFrom.FORMS + ". Default: ${DEFAULT-VALUE}.")
    private String from = "beginning";

    @Option(
            names = "--streamlet",
            paramLabel = "N",
            description = "Only this streamlet; may be repeated." + " Default: all.")
    private List<Integer> streamlets = List.of();

    @Option(names = "--quiet", description = "Print no summary at the end.")
    private boolean quiet;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() throws IOException {
        final ReadFrom where = ReadFrom.parse(from, System.currentTimeMillis());
        try (KeraClient client = session.connect()) {
            final StreamInfo stream = NamedStream.find(client.admin(), name);
            final List<StreamletRange> ranges = StreamletRange.of(client.admin(), stream, streamlets);
            // Before there is a file: a place to begin at may not exist.
            final List<Long> starts = ranges.stream()
                    .map(range -> where.offsetIn(client.admin(), name, range))
                    .toList();
            try (OutputStream target = ExportFile.open(file, overwrite, output.console())) {
                return export(client, stream, ranges, starts, target) ? ExitCode.OK : ExitCode.INTERRUPTED;
            }
        }
    }

    private boolean export(
            KeraClient client, StreamInfo stream, List<StreamletRange> ranges, List<Long> starts, OutputStream target)
            throws IOException {
        final RawExport raw = new RawExport();
        final boolean isRaw = form == Form.RAW;
        final ExportForm written = isRaw ? raw : new NdjsonExport();
        final OutputStream out = isRaw ? raw.over(target) : target;
        try (Consumer consumer = client.consumer()) {
            final ConsumeRun run = new ConsumeRun(
                    client, consumer, session.timeout(), stream.name(), written, out, Long.MAX_VALUE, output, quiet);
            written.begin(stream, out);
            for (int at = 0; at < ranges.size(); at++) {
                run.assign(ranges.get(at), starts.get(at), false);
            }
            final boolean whole = run.run(false);
            if (whole) {
                written.end(run.records(), out);
            }
            return whole;
        }
    }
}
