package io.kera.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;

/** Names, and durable changes of names, in a metadata folder. One thread, which holds its {@link FolderLock}. */
final class LogFolder {
    private static final String LOG_PREFIX = "log-";
    private static final String LOG_SUFFIX = ".kml";
    private static final String SNAPSHOT_PREFIX = "snapshot-";
    private static final String SNAPSHOT_SUFFIX = ".kms";
    private static final String ASIDE = ".aside";

    private final Path folder;

    LogFolder(Path folder) {
        this.folder = folder;
    }

    Path logFile(long firstIndex) {
        return folder.resolve(String.format(Locale.ROOT, "%s%020d%s", LOG_PREFIX, firstIndex, LOG_SUFFIX));
    }

    Path snapshotFile(long nextIndex) {
        return folder.resolve(String.format(Locale.ROOT, "%s%020d%s", SNAPSHOT_PREFIX, nextIndex, SNAPSHOT_SUFFIX));
    }

    NavigableMap<Long, Path> logFiles() {
        return numbered(LOG_PREFIX, LOG_SUFFIX);
    }

    NavigableMap<Long, Path> snapshotFiles() {
        return numbered(SNAPSHOT_PREFIX, SNAPSHOT_SUFFIX);
    }

    static UnsafeBuffer read(Path file) {
        try {
            return new UnsafeBuffer(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file has these bytes under its name, or is not there, whenever the power fails. */
    void writeDurably(Path file, UnsafeBuffer bytes, int length) {
        final Path aside = file.resolveSibling(file.getFileName() + ASIDE);
        try {
            try (FileChannel channel = FileChannel.open(
                    aside, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                writeFully(channel, ByteBuffer.wrap(bytes.byteArray(), bytes.wrapAdjustment(), length));
                channel.force(true);
            }
            Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
            sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private NavigableMap<Long, Path> numbered(String prefix, String suffix) {
        final NavigableMap<Long, Path> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (final Path file : (Iterable<Path>) files::iterator) {
                final String name = file.getFileName().toString();
                if (name.matches(prefix + "\\d{20}" + suffix.replace(".", "\\."))) {
                    final String digits = name.substring(prefix.length(), name.length() - suffix.length());
                    found.put(parse(file, digits), file);
                }
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long parse(Path file, String digits) {
        try {
            return Long.parseLong(digits);
        } catch (NumberFormatException e) {
            throw new MetadataDamagedException("file=" + file + " index=" + digits + " limit=" + Long.MAX_VALUE
                    + "; no such entry can be: move the file away");
        }
    }
}
