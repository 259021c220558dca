package io.kera.cli.record;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.StreamInfo;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints records. */
@Command(
        name = "consume",
        description = {
            "Print the records of a stream: those that exist now; with --follow also new ones.",
            "Records of one streamlet are in order. Records of different streamlets may be mixed. With --json,"
                    + " print one "
                    + "object per line. At the end the number of records is printed on standard error.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera consume clicks --count 10",
            "  kera consume clicks --follow --from end",
            "  kera consume clicks --from=-100 --format '%%k\\t%%v\\n'",
            "  kera consume clicks --from 10m --streamlet 0 --json | jq .value",
            "",
            "Parts of a format:",
            "  %%k  key                 %%K  its length, -1: none     %%o  offset",
            "  %%v  value               %%V  its length, -1: none     %%s  streamlet",
            "  %%t  time in ms          %%T  time, readable           %%S  stream",
            "  %%h  headers             %%%%  a percent sign           \\n \\t \\r \\0 \\\\ \\xHH",
        })
public final class ConsumeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "STREAM", description = "The stream's name.")
    private String name = "";

    @Option(
            names = "--from",
            paramLabel = "WHERE",
            description = "Where to begin: " + ReadFrom.FORMS + ". Default: ${DEFAULT-VALUE}; 'end' implies --follow.")
    private String from = "beginning";

    @Option(
            names = "--streamlet",
            paramLabel = "N",
            description = "Only this streamlet; may be repeated." + " Default: all.")
    private List<Integer> streamlets = List.of();

    @Option(
            names = {"-n", "--count"},
            paramLabel = "N",
            description = "Stop after N records. Default: no limit.")
    private long count = Long.MAX_VALUE;

    @Option(
            names = {"-f", "--follow"},
            description = "Continue with new records, until Ctrl-C or --count.")
    private boolean follow;

    @Option(
            names = "--format",
            paramLabel = "TEXT",
            description = "Format of a record, with the parts below. Default: '%%v\\n'.")
    private @Nullable String format;

    @Option(names = "--hex", description = "Show keys and values in hexadecimal digits.")
    private boolean hex;

    @Option(names = "--quiet", description = "Print no summary at the end.")
    private boolean quiet;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() {
        if (count < 0) {
            throw new CommandFailure(ExitCode.MISUSED, "--count=" + count + " limit=0..; give how many records");
        }
        if (output.isJson() && format != null) {
            throw new CommandFailure(ExitCode.MISUSED, "--json and --format; give one of them");
        }
        final ReadFrom where = ReadFrom.parse(from, System.currentTimeMillis());
        final RecordText text =
                output.isJson() ? new RecordJson(hex) : RecordTemplate.parse(format == null ? "%v\\n" : format, hex);
        try (KeraClient client = session.connect()) {
            final StreamInfo stream = NamedStream.find(client.admin(), name);
            final List<StreamletRange> ranges = StreamletRange.of(client.admin(), stream, streamlets);
            try (Consumer consumer = client.consumer()) {
                final boolean follows = follow || where.kind() == ReadFrom.Kind.END;
                final ConsumeRun run = new ConsumeRun(
                        client,
                        consumer,
                        session.timeout(),
                        stream.name(),
                        text,
                        output.console().bytes(),
                        count,
                        output,
                        quiet);
                if (follows && streamlets.isEmpty()) {
                    run.assignLater();
                }
                for (final StreamletRange range : ranges) {
                    run.assign(range, where.offsetIn(client.admin(), name, range), follows);
                }
                run.run(follows);
            }
        }
        return ExitCode.OK;
    }
}
