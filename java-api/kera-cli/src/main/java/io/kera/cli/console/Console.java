package io.kera.cli.console;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The standard streams and the environment of a command, and whether it runs on a terminal. Tests use their own. One
 * thread at a time, except {@link #err()}.
 */
public final class Console {
    /** What runs commands, and gives them a console. */
    public interface Owner {
        Console console();
    }

    private final InputStream in;
    private final StandardOutput bytes;
    private final PrintStream out;
    private final PrintStream err;
    private final Map<String, String> environment;
    private final boolean terminal;

    /**
     * A console of its own.
     *
     * @param terminal a person watches: show colours, questions and progress
     */
    public Console(
            InputStream in, OutputStream out, OutputStream err, Map<String, String> environment, boolean terminal) {
        this.in = in;
        bytes = new StandardOutput(out);
        this.out = new PrintStream(bytes, false, StandardCharsets.UTF_8);
        this.err = new PrintStream(err, true, StandardCharsets.UTF_8);
        this.environment = Map.copyOf(environment);
        this.terminal = terminal;
    }

    /** Of the run that a command belongs to. */
    public static Console of(CommandSpec command) {
        if (command.root().userObject() instanceof Owner owner) {
            return owner.console();
        }
        throw new IllegalStateException("command=" + command.qualifiedName() + " is not below kera");
    }

    /** This process's. */
    public static Console standard() {
        return new Console(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                System.getenv(),
                hasTerminal());
    }

    /** Standard input without a buffer. Use a buffer of your own to read much. */
    public InputStream in() {
        return in;
    }

    /** For text; flushed when the command ends. */
    public PrintStream out() {
        return out;
    }

    /** For bytes as they are; the same buffer as {@link #out()}. */
    public OutputStream bytes() {
        return bytes;
    }

    public PrintStream err() {
        return err;
    }

    public Map<String, String> environment() {
        return environment;
    }

    /** Whether a person watches. */
    public boolean isTerminal() {
        return terminal;
    }

    /** Colours only for people who want them: NO_COLOR, see no-color.org. */
    public boolean hasColors() {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }

    public Ansi ansi() {
        return hasColors() ? Ansi.ON : Ansi.OFF;
    }

    /** Text with picocli's markup, such as {@code @|red bad|@}, in colours where there are any. */
    public String styled(String markup) {
        return ansi().string(markup);
    }

    @SuppressWarnings("SystemConsoleNull") // null before JDK 22, asked whether it is a terminal from there on
    private static boolean hasTerminal() {
        final java.io.Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }
}
