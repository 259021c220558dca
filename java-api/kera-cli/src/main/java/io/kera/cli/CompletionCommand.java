package io.kera.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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
            Kera.consoleOf(spec)
                    .out()
                    .println("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit");
        }
        Kera.consoleOf(spec).out().println(AutoComplete.bash("kera", spec.root().commandLine()));
        return ExitCode.OK;
    }
}
