package io.kera.bench;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where `--json` wants what came of it. Looked at before anything is measured. One thread. */
final class ResultFile {
    private static final String STANDARD_OUTPUT = "-";

    private final @Nullable Path path;

    private ResultFile(@Nullable Path path) {
        this.path = path;
    }

    /** Refuses one that cannot be written; null is none. */
    static ResultFile of(@Nullable Path path) {
        if (path != null && !STANDARD_OUTPUT.equals(path.toString())) {
            final Path folder = path.toAbsolutePath().getParent();
            final boolean usable = Files.exists(path)
                    ? Files.isRegularFile(path) && Files.isWritable(path)
                    : folder != null && Files.isDirectory(folder) && Files.isWritable(folder);
            if (!usable) {
                throw new CommandFailure(
                        ExitCode.FAILED, "--json=" + path + " cannot be written; give a file in a folder of yours");
            }
        }
        return new ResultFile(path);
    }

    boolean isStandardOutput() {
        return path != null && STANDARD_OUTPUT.equals(path.toString());
    }

    /** Nothing where there is none. */
    void write(String text) throws IOException {
        if (path != null && !isStandardOutput()) {
            Files.writeString(path, text);
        }
    }
}
