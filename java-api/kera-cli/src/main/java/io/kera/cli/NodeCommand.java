package io.kera.cli;

import io.kera.node.NodeMain;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Runs a node in this process. This class is for help and completion: {@link Kera#main} calls {@link NodeMain} before
 * picocli is loaded.
 */
@Command(
        name = "node",
        description = {
            "Run a node until SIGTERM or Ctrl-C. Then it drains, and writes everything acknowledged to disk.",
            "'kera node --help' lists its settings. Each is a flag, a variable and a key of a file.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera node                                    on this machine, with data in ~/.local/share/kera",
            "  kera node --listen=tcp:0.0.0.0:4150          for other machines too",
            "  kera node --data-keep=false                  all data is lost when it ends",
            "  kera node --config=/etc/kera/node.properties",
        })
final class NodeCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "--KEY=VALUE", description = "Settings; 'kera node --help' lists them.")
    private List<String> arguments = List.of();

    @Override
    public Integer call() {
        return NodeMain.run(arguments);
    }
}
