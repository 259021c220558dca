package io.kera.cli.quickstart;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows that KerA works: writes and reads data in three passages, and compares every byte. One thread. */
@Command(
        name = "quickstart",
        description = {
            "See that KerA works, and how fast it is here. The command starts a node in this process and writes a few"
                    + " gigabytes in three passages: over shared memory, over TCP, and over TCP to a node that keeps"
                    + " them on disk. The disk's own speed is beside it. It reads all of it back, compares every byte,"
                    + " and leaves nothing behind.",
            "Exit code 0: everything was as it was written; 6: it was not.",
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
            description = "Gigabytes (GiB) to write, a third of them in each passage. Default: 6, fewer when the"
                    + " machine is small.")
    private double gigabytes;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Limit of seconds for writing in one passage. Default: ${DEFAULT-VALUE}.")
    private int seconds = 6;

    @Option(
            names = "--folder",
            paramLabel = "FOLDER",
            description = "The folder of the node's files while it runs. Default: a folder for temporary files.")
    private String folder = "";

    @Option(
            names = "--arena",
            paramLabel = "BYTES",
            description = "Memory for data, such as 512m. Default: what suits the machine.")
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
        final Extent extent = Extent.of(
                gigabytes,
                arenaBytes(),
                NodeConfig.parse(List.of(), Map.of()).get(NodeKeys.MEMORY_ARENA),
                NodeFolder.of(folder));
        say("A node in this process, with " + Amounts.bytes(extent.arenaBytes())
                + " of memory for data and its files in " + extent.folder().path() + ";");
        say("three passages of up to " + Amounts.bytes(extent.passageBytes()) + ", in records of " + RecordPattern.BYTES
                + " bytes.\n");
        final long began = System.nanoTime();
        final List<Outcome> outcomes = new ArrayList<>(inMemory(extent));
        DiskSpeed disk = null;
        if (extent.diskBytes() > 0 && outcomes.stream().allMatch(Outcome::isVerified)) {
            try (ShortLivedNode node =
                    ShortLivedNode.start(extent, true, console().err())) {
                disk = extent.isTmpfs() ? null : DiskSpeed.measure(node.folder(), extent.diskBytes());
                outcomes.add(passage(node, Plan.inFiles("tcp", extent, Duration.ofSeconds(seconds))));
            }
        }
        final Report report = new Report(extent, outcomes, disk, Duration.ofNanos(System.nanoTime() - began));
        print(report);
        return report.isVerified() ? ExitCode.OK : ExitCode.DAMAGED;
    }

    private List<Outcome> inMemory(Extent extent) throws IOException {
        final List<Outcome> outcomes = new ArrayList<>();
        final long began = System.nanoTime();
        try (ShortLivedNode node = ShortLivedNode.start(extent, false, console().err())) {
            say("It accepts appends after " + Amounts.duration(Duration.ofNanos(System.nanoTime() - began)) + ".");
            for (final String transport : List.of("shm", "tcp")) {
                outcomes.add(passage(node, Plan.inMemory(transport, extent, Duration.ofSeconds(seconds))));
            }
        }
        return outcomes;
    }

    private Outcome passage(ShortLivedNode node, Plan plan) {
        return new Passage(console(), () -> output.isJson() || node.isCutOff(), plan).run(node.uri(plan.transport()));
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

    private void print(Report report) {
        final PrintStream out = console().out();
        if (output.isJson()) {
            out.println(report.json());
            return;
        }
        report.table().print(console());
        out.println();
        report.notes().forEach(out::println);
        for (final Outcome outcome : report.outcomes()) {
            if (outcome.difference() != null) {
                console().err().println("kera quickstart: " + outcome.plan().title() + ": " + outcome.difference());
            }
        }
        out.println("\nAll of it in " + Amounts.duration(report.took()) + "; its data is removed.");
        final String program = System.getProperty("kera.program", "kera");
        out.println("\nTry next:");
        out.println("  " + program + " node");
        out.println("      a node that runs until Ctrl-C; leave it running for the next two");
        out.println("  " + program + " stream create greetings; echo hello | " + program + " produce greetings; "
                + program + " consume greetings");
        out.println("      create a stream, write a record to it, and read it again");
        out.println("  " + program + " doctor");
        out.println("      check what this machine could do better for KerA");
    }

    private void say(String line) {
        if (!output.isJson()) {
            console().out().println(line);
            console().out().flush();
        }
    }

    private Console console() {
        return output.console();
    }
}
