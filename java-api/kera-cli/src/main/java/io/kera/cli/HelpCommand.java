package io.kera.cli;

import io.kera.cli.console.ExitCode;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the help of a command, however deep it lies: {@code kera help stream create}. */
@Command(
        name = "help",
        description = "Show the help of a command.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera help",
            "  kera help stream create",
        })
final class HelpCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "COMMAND",
            completionCandidates = Names.class,
            description = "Such as 'stream create'; default: all of them.")
    private List<String> names = List.of();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this text.")
    boolean help;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli's, before anything is called
    private CommandSpec spec;

    /** Of the commands right below `kera`, for shells. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            final Class<?>[] own = Kera.class.getAnnotation(Command.class).subcommands();
            return Stream.concat(Arrays.stream(own), Kera.provided().map(Object::getClass))
                    .map(command -> command.getAnnotation(Command.class).name())
                    .iterator();
        }
    }

    @Override
    public Integer call() {
        CommandLine shown = spec.root().commandLine();
        for (final String name : names) {
            final CommandLine below = shown.getSubcommands().get(name);
            if (below == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "'" + name + "' is no command of '"
                                + shown.getCommandSpec().qualifiedName() + "', which has "
                                + String.join(", ", shown.getSubcommands().keySet()));
            }
            shown = below;
        }
        shown.usage(shown.getOut());
        return ExitCode.OK;
    }
}
