package io.kera.cli;

import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeKeys;
import java.io.File;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the script that lets a shell complete commands and flags. */
@Command(
        name = "completion",
        description = "Print the script that lets a shell complete commands and flags.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera completion bash > /etc/bash_completion.d/kera",
            "  source <(kera completion zsh)                in ~/.zshrc",
        })
final class CompletionCommand implements Callable<Integer> {
    private static final Pattern CHOICE = Pattern.compile("[a-z-]+(\\|[a-z-]+)+");

    enum Shell {
        BASH,
        ZSH
    }

    @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
    private Shell shell = Shell.BASH;

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
        if (shell == Shell.ZSH) {
            // The script is bash's; this lets zsh understand it, before its own completion is asked anything.
            Console.of(spec)
                    .out()
                    .println("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit");
        }
        final CommandLine root = spec.root().commandLine();
        final CommandLine node = root.getSubcommands().get("node");
        if (node != null) {
            addNodeFlags(node.getCommandSpec());
        }
        Console.of(spec).out().println(AutoComplete.bash("kera", root));
        return ExitCode.OK;
    }

    /** The node reads its own flags; a shell wants to know them. */
    private static void addNodeFlags(CommandSpec node) {
        node.addOption(OptionSpec.builder("--config").type(File.class).build());
        for (final ConfigKey<?> key : NodeKeys.all()) {
            final OptionSpec.Builder flag =
                    OptionSpec.builder(key.flag()).type(key == NodeKeys.DATA_FOLDER ? File.class : String.class);
            // The script names its variables by the labels.
            flag.paramLabel(key.name());
            if (CHOICE.matcher(key.typeDoc()).matches()) {
                flag.completionCandidates(List.of(key.typeDoc().split("\\|")));
            }
            node.addOption(flag.build());
        }
    }
}
