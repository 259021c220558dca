package io.kera.cli.record;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where an export goes: a new file, or standard output, which stays open. Errors name the file. One thread. */
final class ExportFile extends FilterOutputStream {
    static final String STANDARD = "-";

    private final String name;

    private ExportFile(String name, OutputStream target) {
        super(target);
        this.name = name;
    }

    static OutputStream open(String name, boolean overwrite, Console console) throws IOException {
        if (STANDARD.equals(name)) {
            return new ExportFile(name, console.bytes());
        }
        final Path path = Path.of(name);
        try {
            return new ExportFile(
                    name,
                    overwrite
                            ? Files.newOutputStream(path)
                            : Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (FileAlreadyExistsException e) {
            throw new CommandFailure(
                    ExitCode.FAILED, "file=" + name + "; it exists: give another one, or --overwrite", e);
        }
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        try {
            out.write(bytes, from, length);
        } catch (IOException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (STANDARD.equals(name)) {
            out.flush();
            return;
        }
        try {
            out.close();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private CommandFailure failed(IOException e) {
        return new CommandFailure(
                ExitCode.FAILED, "file=" + name + " " + e.getMessage() + "; the file is not whole", e);
    }
}
