package io.kera.cli.console;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Flags of every command, and its way to the console. A mixin; one thread. */
public final class OutputFlags {
    @Option(names = "--json", description = "Print JSON, one object per line. Errors are JSON on standard error.")
    private boolean json;

    @Option(names = "--verbose", description = "Show the stack trace of an error.")
    boolean verbose;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's, before anything is called
    private CommandSpec command;

    public boolean isJson() {
        return json;
    }

    public Console console() {
        return Console.of(command);
    }

    /** Of the command, such as {@code kera stream list}. */
    String commandName() {
        return command.qualifiedName();
    }
}
