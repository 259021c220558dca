package io.kera.cli;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.Interruption;
import io.kera.cli.console.JsonObject;
import io.kera.cli.console.OutputClosedException;
import io.kera.client.errors.DisconnectedException;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.TimedOutException;
import io.kera.client.errors.UnauthorizedException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.node.files.FileTrouble;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns an exception into one line that says what to do, and an exit status. One thread. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Console console;

    Failures(Console console) {
        this.console = console;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        final CommandLine line = e.getCommandLine();
        final boolean json = wantsJson(line, List.of(arguments));
        print(line, json, ExitCode.MISUSED, "MISUSED", String.valueOf(e.getMessage()));
        if (!json) {
            UnmatchedArgumentException.printSuggestions(e, line.getErr());
            line.getErr().flush();
            console.err().println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        }
        if (List.of(arguments).contains("--verbose")) {
            e.printStackTrace(console.err());
        }
        return ExitCode.MISUSED;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine line, ParseResult parsed) {
        if (e instanceof OutputClosedException closed) {
            return outputClosed(closed);
        }
        if (e instanceof ParameterException misuse) {
            return handleParseException(misuse, parsed.originalArgs().toArray(String[]::new));
        }
        if (Interruption.isUnattended()) {
            return ExitCode.INTERRUPTED;
        }
        flushQuietly();
        final int status = exitCode(e);
        print(line, wantsJson(line, parsed.originalArgs()), status, codeName(e), message(e));
        if (parsed.originalArgs().contains("--verbose")) {
            e.printStackTrace(console.err());
        }
        return status;
    }

    /** A reader that has closed the pipe is no error. */
    int outputClosed(OutputClosedException e) {
        if (e.isBrokenPipe()) {
            return ExitCode.OK;
        }
        console.err().println("kera: standard output: " + rootMessage(e));
        return ExitCode.FAILED;
    }

    /** The library cannot be loaded, or memory is exhausted. */
    int broken(Error e, boolean verbose) {
        console.err().println(console.styled("@|bold,red kera:|@ ") + e + "; 'kera doctor' checks this machine");
        if (verbose) {
            e.printStackTrace(console.err());
        }
        return ExitCode.FAILED;
    }

    /** Where the flag has a value, it names a file, and does not concern standard output. */
    private static boolean wantsJson(CommandLine line, List<String> arguments) {
        final OptionSpec option = line.getCommandSpec().findOption("--json");
        return arguments.contains("--json") && (option == null || option.arity().max() == 0);
    }

    private void print(CommandLine line, boolean json, int status, String code, String message) {
        final PrintStream err = console.err();
        if (json) {
            err.println(new JsonObject()
                    .put(
                            "error",
                            new JsonObject()
                                    .put("command", line.getCommandSpec().qualifiedName())
                                    .put("exit", status)
                                    .put("code", code)
                                    .put("message", message)));
        } else {
            err.println(console.styled("@|bold,red " + line.getCommandSpec().qualifiedName() + ":|@ ") + message);
        }
    }

    /** Output that was printed before the error must appear before it. */
    private void flushQuietly() {
        try {
            console.out().flush();
        } catch (OutputClosedException e) {
            // The error that follows is the more important one.
        }
    }

    private static int exitCode(Exception e) {
        if (e instanceof CommandFailure failure) {
            return failure.exitCode();
        }
        if (e instanceof KeraException refused && isOtherProtocol(refused)) {
            return ExitCode.UNREACHABLE;
        }
        if (e instanceof UnknownStreamException || e instanceof NoSuchFileException) {
            return ExitCode.NOT_FOUND;
        }
        if (e instanceof DisconnectedException || e instanceof TimedOutException) {
            return ExitCode.UNREACHABLE;
        }
        if (e instanceof KeraException refused && refused.code() == ErrorCode.INVALID_ARGUMENT) {
            return ExitCode.MISUSED;
        }
        return e instanceof UnauthorizedException ? ExitCode.UNAUTHORIZED : ExitCode.FAILED;
    }

    private static String codeName(Exception e) {
        if (e instanceof KeraException refused) {
            return refused.code().name();
        }
        if (e instanceof CommandFailure failure) {
            return switch (failure.exitCode()) {
                case ExitCode.MISUSED -> "MISUSED";
                case ExitCode.NOT_FOUND -> "NOT_FOUND";
                case ExitCode.UNREACHABLE -> "UNREACHABLE";
                case ExitCode.DAMAGED -> "DAMAGED";
                default -> "FAILED";
            };
        }
        return e.getClass().getSimpleName();
    }

    private static String message(Exception e) {
        if (e instanceof CommandFailure) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof KeraException refused) {
            return refused.getMessage() + advice(refused);
        }
        if (e instanceof NoSuchFileException) {
            return "file=" + e.getMessage() + "; there is no such file";
        }
        if (e instanceof FileSystemException trouble) {
            return "file=" + trouble.getFile() + "; " + FileTrouble.words(e);
        }
        final String text =
                e.getMessage() == null ? e.toString() : e.getClass().getSimpleName() + ": " + e.getMessage();
        return text + " (--verbose shows where)";
    }

    private static String advice(KeraException refused) {
        if ("stream_name_letters".equals(refused.what())) {
            return "; a stream's name has letters, digits, '.', '_' and '-'";
        }
        if (isOtherProtocol(refused)) {
            return "; what answers there speaks another protocol, and is no node: check --uri";
        }
        if ("stream_set_aside".equals(refused.what())) {
            return "; the node could not recover this stream and has set it aside: 'kera doctor' says why. Put its"
                    + " files back and start the node again, or delete it with 'kera stream delete'";
        }
        return switch (refused.code()) {
            case UNAUTHORIZED ->
                refused.what().startsWith("node_uid")
                        ? "; if you trust that user with your token and records, add ?uid=" + refused.value()
                                + " to --uri"
                        : "; the node requires another token: give --token or KERA_TOKEN";
            case DISCONNECTED, TIMED_OUT ->
                "; the node does not answer in time: check whether it runs, or give a longer --timeout";
            case UNKNOWN_STREAM -> "; 'kera stream list' shows all streams";
            case STREAM_EXISTS ->
                "; a stream of this name exists: 'kera stream describe' shows it, 'kera stream alter' changes it";
            case SEQUENCE_GAP ->
                "; the node was killed, and has lost records that it had acknowledged below 'disk': 'kera"
                        + " offsets' shows"
                        + " which records it has. Send the rest again; with --acks disk this cannot happen";
            case DISK_FULL ->
                "; the node's disk is full: free disk space, or let streams keep less (kera" + " stream alter)";
            case MEMORY_EXHAUSTED ->
                "; the node's arena is full: let streams keep less, or start the node with a larger --memory-arena";
            default -> refused.isRetriable() ? "; try again later" : "";
        };
    }

    /** A length that consists of four letters, such as HTTP, is not a length. */
    private static boolean isOtherProtocol(KeraException refused) {
        if (refused.code() != ErrorCode.FRAME_TOO_LARGE || !"frame_bytes".equals(refused.what())) {
            return false;
        }
        return IntStream.of(0, 8, 16, 24).allMatch(shift -> {
            final long letter = refused.value() >> shift & 0xff;
            return letter >= ' ' && letter <= '~';
        });
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        for (Throwable cause = root.getCause(); cause != null; cause = root.getCause()) {
            root = cause;
        }
        return String.valueOf(root.getMessage());
    }
}
