package io.kera.cli;

import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeKeys;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page of kera in roff, made of what the commands know of themselves and of the table of a node's settings.
 * So it cannot say something else than their helps. One thread.
 */
final class ManualPage {
    private static final String ARGUMENT = "\\fI%s\\fR";

    private final CommandSpec root;
    private final StringBuilder page = new StringBuilder();

    ManualPage(CommandSpec root) {
        this.root = root;
    }

    String text() {
        page.setLength(0);
        line(".TH KERA 1 \"\" \"kera " + escaped(Version.text()) + "\" \"KerA\"");
        line(".SH NAME");
        line("kera \\- " + escaped(prose(root.usageMessage().description())));
        line(".SH SYNOPSIS");
        line(".B kera");
        line("\\fICOMMAND\\fR [\\fIOPTIONS\\fR]");
        line(".SH DESCRIPTION");
        line("Runs nodes, and works with their streams, records and files.");
        line("\\fBkera help\\fR \\fICOMMAND\\fR shows what this page says about a command.");
        parameters(root);
        line(".SH COMMANDS");
        root.subcommands().values().forEach(this::command);
        settings();
        exitStatus();
        files();
        line(".SH SEE ALSO");
        line(".BR kera\\-host (8)");
        return page.toString();
    }

    private void command(CommandLine line) {
        final CommandSpec spec = line.getCommandSpec();
        line(".SS " + escaped(synopsis(spec)));
        for (final String sentence : spec.usageMessage().description()) {
            line(escaped(plain(sentence)));
        }
        parameters(spec);
        examples(spec);
        line.getSubcommands().values().forEach(this::command);
    }

    private static String synopsis(CommandSpec spec) {
        final StringBuilder text = new StringBuilder(spec.qualifiedName());
        if (!spec.options().isEmpty()) {
            text.append(" [OPTIONS]");
        }
        for (final PositionalParamSpec parameter : spec.positionalParameters()) {
            final boolean needed = parameter.arity().min() > 0;
            final String label = parameter.paramLabel() + (parameter.arity().max() > 1 ? "..." : "");
            text.append(' ').append(needed ? label : '[' + label + ']');
        }
        return text.append(spec.subcommands().isEmpty() ? "" : " COMMAND").toString();
    }

    private void parameters(CommandSpec spec) {
        for (final PositionalParamSpec parameter : spec.positionalParameters()) {
            line(".TP");
            line(String.format(Locale.ROOT, ARGUMENT, escaped(parameter.paramLabel())));
            line(escaped(prose(parameter.description())));
        }
        for (final OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                line(".TP");
                line("\\fB" + escaped(String.join(", ", option.names())) + "\\fR" + valueOf(option));
                line(escaped(prose(option.description())));
            }
        }
    }

    private static String valueOf(OptionSpec option) {
        return option.arity().max() == 0
                ? ""
                : "=" + String.format(Locale.ROOT, ARGUMENT, escaped(option.paramLabel()));
    }

    private void examples(CommandSpec spec) {
        line(".PP");
        line("Examples:");
        line(".PP");
        line(".nf");
        for (final String example : spec.usageMessage().footer()) {
            line(escaped(plain(example)));
        }
        line(".fi");
    }

    private void settings() {
        line(".SH SETTINGS OF A NODE");
        line("Each setting is a flag of \\fBkera node\\fR, a variable, and a key of the file that \\fB\\-\\-config\\fR"
                + " names.");
        line("A flag overrides the variable, and the variable overrides the file.");
        for (final ConfigKey<?> key : NodeKeys.all()) {
            line(".TP");
            line("\\fB" + escaped(key.flag()) + "\\fR=" + String.format(Locale.ROOT, ARGUMENT, "VALUE") + ", "
                    + escaped(key.environmentName() + ", " + key.name()));
            line(escaped(key.doc() + "."));
            line(escaped("It is: " + key.typeDoc() + ". Default: "
                    + (key.defaultDoc().isEmpty() ? "none" : key.defaultDoc()) + "."));
        }
    }

    private void exitStatus() {
        line(".SH EXIT STATUS");
        for (final Map.Entry<String, String> code :
                root.usageMessage().exitCodeList().entrySet()) {
            line(".TP");
            line(escaped(code.getKey()));
            line(escaped(plain(code.getValue())));
        }
    }

    private void files() {
        line(".SH FILES");
        for (final String[] file : List.of(
                new String[] {"/etc/kera/node.properties", "settings of the node that is installed as a service"},
                new String[] {"/var/lib/kera", "its data"},
                new String[] {"/run/kera/node.sock", "its socket for programs of the same user, and of root"})) {
            line(".TP");
            line("\\fI" + escaped(file[0]) + "\\fR");
            line(escaped(file[1]));
        }
    }

    private static String prose(String[] sentences) {
        return plain(String.join(" ", sentences));
    }

    /** As picocli prints it. */
    private static String plain(String text) {
        return text.replace("%n", "\n").replace("%%", "%").stripTrailing();
    }

    /** Text in which nothing is a command of roff. */
    private static String escaped(String text) {
        final String safe = text.replace("\\", "\\e").replace("-", "\\-");
        return safe.replaceAll("(?m)^(?=[.'])", "\\\\&");
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
