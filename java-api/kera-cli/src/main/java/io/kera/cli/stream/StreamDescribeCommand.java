package io.kera.cli.stream;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.KeraClient;
import io.kera.client.StreamInfo;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows the settings of a stream, and what its streamlets hold. */
@Command(
        name = "describe",
        description = "Show a stream's settings and what its streamlets hold. With --json one document.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera stream describe clicks",
            "  kera stream describe clicks --json",
        })
final class StreamDescribeCommand implements Callable<Integer> {
    @Parameters(paramLabel = "STREAM", description = "Its name.")
    private String name = "";

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() {
        final StreamInfo stream;
        final List<StreamletRange> ranges;
        try (KeraClient client = session.connect()) {
            stream = NamedStream.find(client.admin(), name);
            ranges = StreamletRange.of(client.admin(), stream, List.of());
        }
        if (output.isJson()) {
            output.console().out().println(StreamText.json(stream).put("ranges", StreamText.json(ranges)));
        } else {
            StreamText.print(stream, output.console());
            output.console().out().println();
            StreamText.table(ranges).print(output.console());
        }
        return ExitCode.OK;
    }
}
