package io.kera.cli.stream;

import io.kera.cli.connect.SessionFlags;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.AckLevel;
import io.kera.client.KeraClient;
import io.kera.client.StreamInfo;
import io.kera.client.StreamSettings;
import io.kera.client.errors.StreamExistsException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Creates a stream. */
@Command(
        name = "create",
        description = "Create a stream, and show its settings.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera stream create clicks",
            "  kera stream create orders --streamlets 8 --ack-level-min disk --retention 7d",
            "  kera stream create metrics --retention-bytes 2g --if-not-exists",
        })
final class StreamCreateCommand implements Callable<Integer> {
    @Parameters(paramLabel = "STREAM", description = "Its name: 1 to 249 letters, digits, '.', '_' or '-'.")
    private String name = "";

    @Option(
            names = "--streamlets",
            paramLabel = "N",
            description = "Number of streamlets; each keeps its own order. Default: ${DEFAULT-VALUE}. It can"
                    + " only grow later ('kera stream alter').")
    private int streamlets = 1;

    @Option(
            names = "--lanes",
            paramLabel = "N",
            description = "Lanes of each streamlet, up to 64; appends to different lanes run in parallel. Default:"
                    + " ${DEFAULT-VALUE}.")
    private int lanes = 1;

    @Option(
            names = "--ack-level-min",
            paramLabel = "LEVEL",
            description = "Lowest acknowledgement level: ${COMPLETION-CANDIDATES}. Producers that ask for less"
                    + " get this. Default: ${DEFAULT-VALUE}.")
    private AckLevel ackLevelMin = AckLevel.NONE;

    @Option(names = "--append-times", description = "Records get the time of their append, not the producer's time.")
    private boolean appendTimes;

    @Option(
            names = "--segment-bytes",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description = "Size limit of a segment, such as 8m. Default: the node chooses.")
    private int segmentBytesMax;

    @Option(
            names = "--group-segments",
            paramLabel = "N",
            description = "Segments in a group; retention deletes whole groups. Default: the node chooses.")
    private int groupSegments;

    @Option(
            names = "--retention",
            paramLabel = "TIME",
            converter = RetentionTimeConverter.class,
            description = "How long records are kept, such as 90m or 7d. Default: forever.")
    private long retentionMs = -1;

    @Option(
            names = "--retention-bytes",
            paramLabel = "SIZE",
            converter = RetentionBytesConverter.class,
            description = "How much of each streamlet is kept, such as 10g. Default: unlimited.")
    private long retentionBytes = -1;

    @Option(names = "--if-not-exists", description = "If the stream exists already, leave it unchanged, and show it.")
    private boolean ifNotExists;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() {
        final StreamSettings settings = new StreamSettings(
                streamlets,
                lanes,
                ackLevelMin,
                appendTimes,
                segmentBytesMax,
                groupSegments,
                retentionMs,
                retentionBytes);
        final StreamInfo stream;
        try (KeraClient client = session.connect()) {
            stream = create(client, settings);
        }
        if (output.isJson()) {
            output.console().out().println(StreamText.json(stream));
        } else {
            StreamText.print(stream, output.console());
        }
        return ExitCode.OK;
    }

    private StreamInfo create(KeraClient client, StreamSettings settings) {
        try {
            return client.admin().createStream(name, settings);
        } catch (StreamExistsException e) {
            if (ifNotExists) {
                return client.admin().describeStream(name);
            }
            throw e;
        }
    }
}
