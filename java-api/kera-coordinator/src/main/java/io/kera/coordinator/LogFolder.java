package io.kera.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Names, and durable changes of names, in a metadata folder. One thread, which holds its {@link FolderLock}. */
final class LogFolder {
    private static final String LOG_PREFIX = "log-";
    private static final String LOG_SUFFIX = ".kml";
    private static final String SNAPSHOT_PREFIX = "snapshot-";
    private static final String SNAPSHOT_SUFFIX = ".kms";
    private static final String ASIDE = ".aside";
    private static final String DIGITS = "\\d{20}";

    /** How files are opened for writing: {@link FileChannel#open}, or one that fails, in tests. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path file, OpenOption... options) throws IOException;
    }

    private final Path folder;
    private final Opener opener;

    LogFolder(Path folder, Opener opener) {
        this.folder = folder;
        this.opener = opener;
    }

    Path path() {
        return folder;
    }

    FileChannel open(Path file, OpenOption... options) throws IOException {
        return opener.open(file, options);
    }

    Path logFile(long firstIndex) {
        return folder.resolve(String.format(Locale.ROOT, "%s%020d%s", LOG_PREFIX, firstIndex, LOG_SUFFIX));
    }

    Path snapshotFile(long nextIndex) {
        return folder.resolve(String.format(Locale.ROOT, "%s%020d%s", SNAPSHOT_PREFIX, nextIndex, SNAPSHOT_SUFFIX));
    }

    NavigableMap<Long, Path> logFiles() {
        return numbered(LogFolder::isLog);
    }

    NavigableMap<Long, Path> snapshotFiles() {
        return numbered(LogFolder::isSnapshot);
    }

    static boolean isLog(Path file) {
        return file.getFileName().toString().matches(LOG_PREFIX + DIGITS + LOG_SUFFIX.replace(".", "\\."));
    }

    static boolean isSnapshot(Path file) {
        return file.getFileName().toString().matches(SNAPSHOT_PREFIX + DIGITS + SNAPSHOT_SUFFIX.replace(".", "\\."));
    }

    /** What the name says. REQUIRES: it is a log or a snapshot. */
    static long index(Path file) {
        final String digits = file.getFileName().toString().replaceAll("\\D", "");
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new MetadataDamagedException("file=" + file + " index=" + digits + " limit=" + Long.MAX_VALUE
                    + "; no such entry can be: move the file away");
        }
    }

    static UnsafeBuffer read(Path file) {
        try {
            return new UnsafeBuffer(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file has these bytes under its name, or those it had, whenever the power fails. */
    void writeDurably(Path file, UnsafeBuffer bytes, int length) throws IOException {
        final Path aside = file.resolveSibling(file.getFileName() + ASIDE);
        boolean written = false;
        try {
            try (FileChannel channel = open(
                    aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(channel, ByteBuffer.wrap(bytes.byteArray(), bytes.wrapAdjustment(), length));
                channel.force(true);
            }
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
            written = true;
            sync();
        } finally {
            if (!written) {
                // What was written of it would only take room, of which there may be none.
                Files.deleteIfExists(aside);
            }
        }
    }

    static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Removes what a snapshot has replaced, and what a crash left aside. */
    void removeBefore(long index) {
        try (Stream<Path> files = Files.list(folder)) {
            for (final Path file : (Iterable<Path>) files::iterator) {
                if (file.getFileName().toString().endsWith(ASIDE)) {
                    Files.deleteIfExists(file);
                }
            }
            for (final Path file : logFiles().headMap(index, false).values()) {
                Files.deleteIfExists(file);
            }
            for (final Path file : snapshotFiles().headMap(index, false).values()) {
                Files.deleteIfExists(file);
            }
            sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sync() throws IOException {
        try (FileChannel channel = open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** The one log file that a start reads behind the newest snapshot; null: it begins one. */
    static @Nullable Path logBehind(long snapshotIndex, NavigableMap<Long, Path> files) {
        if (files.isEmpty()) {
            return null;
        }
        if (files.size() > 1 || files.firstKey() != snapshotIndex) {
            throw new MetadataDamagedException("log_file_index=" + files.lastKey() + " limit=" + snapshotIndex
                    + " files=" + files.values()
                    + "; the log has a gap: restore the metadata folder from a backup");
        }
        return files.firstEntry().getValue();
    }

    private NavigableMap<Long, Path> numbered(Predicate<Path> kind) {
        final NavigableMap<Long, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (final Path file : (Iterable<Path>) files::iterator) {
                if (kind.test(file)) {
                    found.put(index(file), file);
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
