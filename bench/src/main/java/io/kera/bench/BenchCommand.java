package io.kera.bench;

import io.kera.cli.CommandProvider;
import picocli.CommandLine.Command;

/** {@code kera bench}: load, races, plots. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        subcommands = {
            LoadCommand.Produce.class,
            LoadCommand.Consume.class,
            LoadCommand.Latency.class,
            LoadCommand.Mixed.class,
            CompareCommand.class,
            PlotCommand.class,
            HostsCommand.class,
            HostsCommand.Client.class
        },
        synopsisSubcommandLabel = "COMMAND",
        description = "Measures KerA, and compares it with other systems.",
        footerHeading = "%nExamples:%n",
        footer = {"  kera bench produce --payload 1024", "  kera bench latency --one-thread"})
final class BenchCommand {
    /** How {@code kera} finds it. */
    public static final class Provider implements CommandProvider {
        @Override
        public Object command() {
            return new BenchCommand();
        }
    }
}
