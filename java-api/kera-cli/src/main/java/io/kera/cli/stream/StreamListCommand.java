package io.kera.cli.stream;

import io.kera.cli.connect.SessionFlags;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.cli.console.TextTable;
import io.kera.client.KeraClient;
import io.kera.client.ListedStream;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Lists the streams of a node. */
@Command(
        name = "list",
        description = "List the streams, by name. With --json one object a line.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera stream list",
            "  kera stream list --json --uri tcp:db7:4150",
        })
final class StreamListCommand implements Callable<Integer> {
    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() {
        final List<ListedStream> streams;
        try (KeraClient client = session.connect()) {
            streams = client.admin().listStreams().stream()
                    .sorted(Comparator.comparing(ListedStream::name))
                    .toList();
        }
        if (output.isJson()) {
            streams.forEach(stream -> output.console()
                    .out()
                    .println(new JsonObject()
                            .put("name", stream.name())
                            .put("id", stream.id())
                            .put("streamlets", stream.streamlets())));
            return ExitCode.OK;
        }
        if (streams.isEmpty()) {
            output.console().err().println("There are no streams yet; create one with 'kera stream create NAME'.");
            return ExitCode.OK;
        }
        final TextTable table = new TextTable("NAME", ">ID", ">STREAMLETS");
        streams.forEach(stream -> table.row(stream.name(), stream.id(), stream.streamlets()));
        table.print(output.console());
        return ExitCode.OK;
    }
}
