package io.kera.cli;

import io.kera.cli.console.Console;
import io.kera.cli.console.OutputClosedException;
import io.kera.cli.doctor.DoctorCommand;
import io.kera.cli.dump.DumpCommand;
import io.kera.cli.quickstart.QuickstartCommand;
import io.kera.cli.record.ConsumeCommand;
import io.kera.cli.record.ExportCommand;
import io.kera.cli.record.ImportCommand;
import io.kera.cli.record.ProduceCommand;
import io.kera.cli.stream.OffsetsCommand;
import io.kera.cli.stream.StreamCommand;
import io.kera.node.NodeMain;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The kera command: runs the subcommand, and turns its result into lines and an exit status. */
@Command(
        name = "kera",
        description = "A RAM-first, replicated stream store.",
        subcommands = {
            NodeCommand.class,
            StreamCommand.class,
            ProduceCommand.class,
            ConsumeCommand.class,
            ExportCommand.class,
            ImportCommand.class,
            OffsetsCommand.class,
            DumpCommand.class,
            DoctorCommand.class,
            QuickstartCommand.class,
            CompletionCommand.class,
            ManualCommand.class,
            HelpCommand.class,
        },
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:Done.",
            "1:Tried, and failed.",
            "2:The command line is wrong; nothing was tried.",
            "3:There is no such stream, streamlet or file.",
            "4:No node answers there, or not in time.",
            "5:The node requires another token.",
            "6:What was checked is damaged, or not fit for use.",
            "130:Ended by Ctrl-C, after finishing what was begun.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera node                                    start a node",
            "  kera stream create clicks                    create a stream on it",
            "  kera stream list --json                      list its streams",
            "  kera help stream create                      show the help of a command",
        })
public final class Kera implements Runnable, Console.Owner {
    private final Console console;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Option(names = "--verbose", description = "Show the stack trace of an error.")
    boolean verbose;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's, before anything is called
    private CommandSpec spec;

    private Kera(Console console) {
        this.console = console;
    }

    /** As a process. */
    public static void main(String[] arguments) {
        // A node starts without picocli, because the time to its first append is promised.
        if (arguments.length > 0 && "node".equals(arguments[0])) {
            NodeMain.main(Arrays.copyOfRange(arguments, 1, arguments.length));
            return;
        }
        System.exit(run(Console.standard(), arguments));
    }

    /** As {@link #main}, within a console, returning the exit status. */
    public static int run(Console console, String... arguments) {
        // Help is collected first: picocli would report a closed output as an internal error.
        final StringWriter help = new StringWriter();
        try {
            final int status =
                    commandLine(console).setOut(new PrintWriter(help)).execute(arguments);
            console.out().print(help);
            console.out().flush();
            return status;
        } catch (OutputClosedException e) {
            return new Failures(console).outputClosed(e);
        } catch (LinkageError | OutOfMemoryError e) {
            return new Failures(console).broken(e, List.of(arguments).contains("--verbose"));
        }
    }

    /** The commands as picocli knows them; for running, completion and tests. */
    static CommandLine commandLine(Console console) {
        final Failures failures = new Failures(console);
        final CommandLine line = new CommandLine(new Kera(console));
        provided().forEach(line::addSubcommand);
        return line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8))
                .setColorScheme(Help.defaultColorScheme(console.ansi()))
                .setUsageHelpWidth(100)
                .setUsageHelpLongOptionsMaxWidth(32)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOverwrittenOptionsAllowed(false)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures);
    }

    /** Commands of other modules on the class path; new objects each time. */
    static Stream<Object> provided() {
        return ServiceLoader.load(CommandProvider.class).stream()
                .map(provider -> provider.get().command());
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
