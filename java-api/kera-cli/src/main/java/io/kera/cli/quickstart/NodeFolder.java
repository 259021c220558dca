package io.kera.cli.quickstart;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where files of the node are while it runs. Immutable.
 *
 * @param isTmpfs the folder is memory, and no disk
 */
record NodeFolder(Path path, long freeBytes, boolean isTmpfs) {
    /** The folder that is asked for; empty: one for temporary files. */
    static NodeFolder of(String asked) {
        final Path folder = asked.isEmpty() ? temporary() : Path.of(asked);
        try {
            final NodeFolder found =
                    new NodeFolder(folder, Files.getFileStore(folder).getUsableSpace(), isTmpfs(folder));
            if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
                throw new CommandFailure(
                        ExitCode.MISUSED,
                        "folder=" + folder + " cannot be written; give --folder one that you may write to");
            }
            return found;
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.MISUSED,
                    "folder=" + folder + " cannot be used (" + e + "); give --folder one that is there",
                    e);
        }
    }

    /** On a disk, unless there is none. */
    private static Path temporary() {
        final Path usual = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        final Path large = Path.of("/var/tmp");
        return isTmpfs(usual) && Files.isWritable(large) && !isTmpfs(large) ? large : usual;
    }

    private static boolean isTmpfs(Path folder) {
        try {
            return "tmpfs".equals(Files.getFileStore(folder).type());
        } catch (IOException e) {
            return false;
        }
    }
}
