package io.kera.cli.stream;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Holds the commands about streams. */
@Command(
        name = "stream",
        description = "Create, show, change and delete streams.",
        subcommands = {
            StreamCreateCommand.class,
            StreamListCommand.class,
            StreamDescribeCommand.class,
            StreamAlterCommand.class,
            StreamDeleteCommand.class,
        },
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera stream create clicks --streamlets 4",
            "  kera stream list",
        })
public final class StreamCommand implements Runnable {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's, before anything is called
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command: create, list, describe, alter or delete");
    }
}
