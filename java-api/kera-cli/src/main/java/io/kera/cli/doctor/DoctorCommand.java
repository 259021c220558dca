package io.kera.cli.doctor;

import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputFlags;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks this machine, and shows what a lack costs and which command helps. */
@Command(
        name = "doctor",
        description = {
            "Check this machine: what it has, what a lack costs, and the command that helps.",
            "The command changes nothing. 'kera-host tune' does, and 'kera-host undo' takes that back: it is beside"
                    + " kera. Exit code 6: something does not work. With --json, print one object per line.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera doctor",
            "  kera doctor --lacking --json",
        })
public final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--lacking", description = "Show only findings that are not good.")
    private boolean lacking;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Override
    public Integer call() {
        final List<Finding> findings =
                findings(new Host(Path.of("/"), output.console().environment()));
        final List<Finding> shown = lacking
                ? findings.stream()
                        .filter(one -> one.level() != Finding.Level.GOOD)
                        .toList()
                : findings;
        if (output.isJson()) {
            shown.forEach(one -> output.console().out().println(json(one)));
        } else {
            print(shown, output.console());
        }
        return findings.stream().anyMatch(one -> one.level() == Finding.Level.BAD) ? ExitCode.DAMAGED : ExitCode.OK;
    }

    static List<Finding> findings(Host host) {
        final List<Finding> findings = new ArrayList<>(new MachineProbes(host).run());
        findings.addAll(new MemoryProbes(host).run());
        findings.addAll(new StreamProbes(host).run());
        return findings;
    }

    private static void print(List<Finding> findings, Console console) {
        for (final Finding one : findings) {
            final String mark = switch (one.level()) {
                case GOOD -> "@|green ok  |@";
                case COSTLY -> "@|yellow cost|@";
                case BAD -> "@|bold,red BAD |@";
            };
            console.out()
                    .println(console.styled(mark) + String.format(Locale.ROOT, "  %-22s  ", one.name()) + one.found());
            if (!one.cost().isEmpty()) {
                console.out().println("        " + one.cost());
            }
            if (!one.remedy().isEmpty()) {
                console.out().println("        $ " + one.remedy());
            }
        }
    }

    private static JsonObject json(Finding one) {
        return new JsonObject()
                .put("name", one.name())
                .put("level", one.level().name().toLowerCase(Locale.ROOT))
                .put("found", one.found())
                .put("cost", one.cost())
                .put("remedy", one.remedy());
    }
}
