package io.kera.cli;

import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints the manual page, which says what the helps of all commands say. */
@Command(
        name = "manual",
        description = "Print the manual page, kera(1), for man.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera manual | man -l -",
            "  kera manual > /usr/local/share/man/man1/kera.1",
        })
final class ManualCommand implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's, before anything is called
    private CommandSpec spec;

    @Override
    public Integer call() {
        Console.of(spec).out().print(new ManualPage(spec.root()).text());
        return ExitCode.OK;
    }
}
