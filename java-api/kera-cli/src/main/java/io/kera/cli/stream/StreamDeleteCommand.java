package io.kera.cli.stream;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.client.KeraClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes a stream. */
@Command(
        name = "delete",
        description = "Delete a stream and all its records. This cannot be undone. The command asks first,"
                + " unless --yes is given.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera stream delete clicks",
            "  kera stream delete clicks --yes",
        })
final class StreamDeleteCommand implements Callable<Integer> {
    @Parameters(paramLabel = "STREAM", description = "Its name.")
    private String name = "";

    @Option(names = "--yes", description = "Do not ask. Required where nobody can answer, as in a script.")
    private boolean yes;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() throws IOException {
        try (KeraClient client = session.connect()) {
            NamedStream.require(client.admin(), name);
            if (!yes && !isConfirmed()) {
                throw new CommandFailure(ExitCode.FAILED, "stream=" + name + "; not confirmed, nothing is deleted");
            }
            client.admin().deleteStream(name);
        }
        if (output.isJson()) {
            output.console().out().println(new JsonObject().put("deleted", name));
        } else {
            output.console().out().println("deleted " + name);
        }
        return ExitCode.OK;
    }

    private boolean isConfirmed() throws IOException {
        final Console console = output.console();
        if (!console.isTerminal()) {
            throw new CommandFailure(
                    ExitCode.MISUSED,
                    "stream=" + name + "; nobody can answer here: give --yes to delete all its records");
        }
        console.err().print("This deletes all records of " + name + ". Type its name to continue: ");
        final String answer =
                new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8)).readLine();
        return answer != null && answer.strip().equals(name);
    }
}
