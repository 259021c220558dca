package io.kera.cli.stream;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.AckLevel;
import io.kera.client.KeraClient;
import io.kera.client.StreamChange;
import io.kera.client.StreamInfo;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Changes settings of a stream. */
@Command(
        name = "alter",
        description = {
            "Change the given settings of a stream, leave the others unchanged, and show all.",
            "",
            "With more streamlets, open producers use them, and consumers of the whole stream read them from their"
                    + " beginning, without a restart. " + StreamAlterCommand.KEYS
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera stream alter clicks --retention 1d",
            "  kera stream alter clicks --retention forever --retention-bytes 10g --lanes 4",
            "  kera stream alter clicks --streamlets 8",
        })
final class StreamAlterCommand implements Callable<Integer> {
    private static final int STREAMLETS_MAX = 65_534;

    @Parameters(paramLabel = "STREAM", description = "Its name.")
    private String name = "";

    static final String KEYS = "Records of a key may go to another streamlet than before: their order holds only within"
            + " what was written before, and within what is written after.";

    @Option(
            names = "--streamlets",
            paramLabel = "N",
            description = "Streamlets: at least as many as now, up to " + StreamAlterCommand.STREAMLETS_MAX
                    + ". A stream never gets fewer.")
    private @Nullable Integer streamlets;

    @Option(
            names = "--lanes",
            paramLabel = "N",
            description = "Lanes of each streamlet: at least as many as now, up to 64.")
    private @Nullable Integer lanes;

    @Option(
            names = "--ack-level-min",
            paramLabel = "LEVEL",
            description =
                    "Lowest acknowledgement level: ${COMPLETION-CANDIDATES}. Producers that ask for less get this.")
    private @Nullable AckLevel ackLevelMin;

    @Option(
            names = "--retention",
            paramLabel = "TIME",
            converter = RetentionTimeConverter.class,
            description = "How long records are kept, such as 90m, 7d or forever.")
    private @Nullable Long retentionMs;

    @Option(
            names = "--retention-bytes",
            paramLabel = "SIZE",
            converter = RetentionBytesConverter.class,
            description = "How much of each streamlet is kept, such as 10g or unlimited.")
    private @Nullable Long retentionBytes;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() {
        final StreamChange change = change();
        if (change.equals(StreamChange.NONE)) {
            throw new CommandFailure(
                    ExitCode.MISUSED,
                    "nothing to change; give --streamlets, --lanes, --ack-level-min, --retention or --retention-bytes");
        }
        final StreamInfo before;
        final StreamInfo stream;
        try (KeraClient client = session.connect()) {
            before = NamedStream.find(client.admin(), name);
            if (streamlets != null && streamlets < before.streamlets()) {
                throw new CommandFailure(
                        ExitCode.MISUSED,
                        "--streamlets=" + streamlets + " limit=" + before.streamlets() + ".." + STREAMLETS_MAX
                                + "; a stream never gets fewer streamlets, and " + name + " has "
                                + before.streamlets());
            }
            stream = client.admin().alterStream(name, change);
        }
        if (output.isJson()) {
            output.console().out().println(StreamText.json(stream));
        } else {
            StreamText.print(stream, output.console());
            if (stream.streamlets() > before.streamlets()) {
                output.console()
                        .out()
                        .println(before.streamlets() + " streamlets became " + stream.streamlets() + ". " + KEYS);
            }
        }
        return ExitCode.OK;
    }

    private StreamChange change() {
        StreamChange change = StreamChange.NONE;
        if (streamlets != null) {
            if (streamlets < 1 || streamlets > STREAMLETS_MAX) {
                throw new CommandFailure(
                        ExitCode.MISUSED,
                        "--streamlets=" + streamlets + " limit=1.." + STREAMLETS_MAX + "; give how many");
            }
            change = change.withStreamlets(streamlets);
        }
        if (lanes != null) {
            if (lanes < 1) {
                throw new CommandFailure(ExitCode.MISUSED, "--lanes=" + lanes + " limit=1..64; give how many");
            }
            change = change.withLanes(lanes);
        }
        if (ackLevelMin != null) {
            change = change.withAckLevelMin(ackLevelMin);
        }
        if (retentionMs != null) {
            change = change.withRetentionMs(retentionMs);
        }
        return retentionBytes == null ? change : change.withRetentionBytes(retentionBytes);
    }
}
