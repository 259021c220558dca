package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import io.kera.cli.console.TextTable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows that KerA works: starts a node, writes and reads data over both transports, and compares every byte. */
@Command(
        name = "quickstart",
        description = {
            "See that KerA works. The command starts a node in this process, writes a few gigabytes over shared"
                    + " memory and "
                    + "then over TCP, reads all of it back, compares every byte, and leaves nothing behind.",
            "Exit code 0: everything was as it was written; 6: it was not. Acknowledgement times are measured at full "
                    + "speed, so they include the wait in full queues.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera quickstart",
            "  kera quickstart --gb 0.5 --json",
            "  kera quickstart --gb 50 --seconds 60 --folder /data/tmp",
        })
public final class QuickstartCommand implements Callable<Integer> {
    private static final double GB_MOST = 1 << 20;

    @Option(
            names = "--gb",
            paramLabel = "N",
            description = "Gigabytes (GiB) to write, half of them over each transport. Default: 4, fewer when the"
                    + " machine is small.")
    private double gigabytes;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Limit of seconds for writing over one transport. Default: ${DEFAULT-VALUE}.")
    private int seconds = 10;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "The folder of the node's data while it runs. Default: a folder for temporary files.")
    private String folder = "";

    @Option(
            names = "--arena",
            paramLabel = "BYTES",
            description = "Memory for data, such as 512m; the rest is on disk. Default: what suits the machine.")
    private String arena = "";

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Override
    public Integer call() throws IOException {
        if (!(gigabytes >= 0) || gigabytes > GB_MOST) {
            throw new CommandFailure(
                    ExitCode.MISUSED, "--gb=" + gigabytes + " limit=0.." + GB_MOST + "; give gigabytes to write");
        }
        if (seconds < 1) {
            throw new CommandFailure(ExitCode.MISUSED, "--seconds=" + seconds + " limit=1..; give seconds of writing");
        }
        final Extent extent = Extent.of(gigabytes, arenaBytes(), folder);
        final Console console = output.console();
        say("A node in this process, with " + Amounts.bytes(extent.arenaBytes())
                + " of memory for data and the rest in " + extent.folder() + ";");
        say(Amounts.bytes(extent.transportBytes()) + " over each transport, in records of " + RecordPattern.BYTES
                + " bytes.\n");
        final long began = System.nanoTime();
        final List<Outcome> outcomes = new ArrayList<>();
        try (ShortLivedNode node = ShortLivedNode.start(extent, console.err())) {
            say("It accepts appends after " + Amounts.duration(Duration.ofNanos(System.nanoTime() - began)) + ".");
            for (final String transport : List.of("shm", "tcp")) {
                outcomes.add(
                        new Passage(console, () -> output.isJson() || node.isCutOff(), transport, node.uri(transport))
                                .run(extent, Duration.ofSeconds(seconds)));
            }
        }
        report(outcomes, Duration.ofNanos(System.nanoTime() - began));
        return outcomes.stream().allMatch(Outcome::isVerified) ? ExitCode.OK : ExitCode.DAMAGED;
    }

    /** 0: whatever suits. */
    private long arenaBytes() {
        final long bytes = arena.isEmpty() ? 0 : Amounts.parseBytes(arena);
        if (!arena.isEmpty() && bytes < Extent.ARENA_LEAST) {
            throw new CommandFailure(
                    ExitCode.MISUSED,
                    "--arena=" + arena + " limit=" + Amounts.bytes(Extent.ARENA_LEAST)
                            + "..; give bytes, such as 512m");
        }
        return bytes;
    }

    private void report(List<Outcome> outcomes, Duration took) {
        final Console console = output.console();
        if (output.isJson()) {
            console.out()
                    .println(new JsonObject()
                            .put("verified", outcomes.stream().allMatch(Outcome::isVerified))
                            .put("seconds", took.toNanos() / 1e9)
                            .put(
                                    "passages",
                                    outcomes.stream().map(Outcome::json).toList()));
            return;
        }
        final TextTable table = Outcome.table();
        outcomes.forEach(outcome -> outcome.addTo(table));
        table.print(console);
        for (final Outcome outcome : outcomes) {
            if (outcome.difference() != null) {
                console.err().println("kera quickstart: over " + outcome.transport() + ": " + outcome.difference());
            }
        }
        console.out().println("\nAll of it in " + Amounts.duration(took) + "; its data is removed.");
        final String program = System.getProperty("kera.program", "kera");
        console.out().println("\nTry next:");
        console.out().println("  " + program + " node");
        console.out().println("      a node that runs until Ctrl-C; leave it running for the next two");
        console.out()
                .println("  " + program + " stream create greetings; echo hello | " + program + " produce greetings; "
                        + program + " consume greetings");
        console.out().println("      create a stream, write a record to it, and read it again");
        console.out().println("  " + program + " doctor");
        console.out().println("      check what this machine could do better for KerA");
    }

    private void say(String line) {
        if (!output.isJson()) {
            output.console().out().println(line);
            output.console().out().flush();
        }
    }
}
