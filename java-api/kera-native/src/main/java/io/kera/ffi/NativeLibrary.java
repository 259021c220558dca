package io.kera.ffi;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Brings libkera into this virtual machine, once.
 *
 * <p>Any thread. It is taken from {@code -Dkera.native.path} (a file, or the folder it is in), else out of the jar: it
 * is copied into a private folder, loaded, and the copy removed. Folders mounted {@code noexec} are stepped over; the
 * error, if all fail, names every place that was tried and why it did not do.
 */
public final class NativeLibrary {
    /** The property that names the library's file or folder. */
    public static final String PATH_PROPERTY = "kera.native.path";

    private static final String FILE_NAME = "libkera.so";
    private static @Nullable String origin;

    private NativeLibrary() {}

    /**
     * Loads the library unless it is there.
     *
     * @throws UnsatisfiedLinkError names all places tried
     */
    public static synchronized void load() {
        if (origin == null) {
            final String path = System.getProperty(PATH_PROPERTY);
            origin = path == null || path.isEmpty() ? loadFromJar() : loadFromPath(Path.of(path));
        }
    }

    /** Where it came from, for the log. */
    public static synchronized String origin() {
        load();
        return String.valueOf(origin);
    }

    /** The library's version, such as {@code 0.1.0}. */
    public static String version() {
        return NativeLayout.get().version();
    }

    private static String loadFromPath(Path path) {
        final Path file = Files.isDirectory(path) ? path.resolve(FILE_NAME) : path;
        if (!Files.isRegularFile(file)) {
            throw new UnsatisfiedLinkError("libkera is not there: " + PATH_PROPERTY + "=" + path + " tried=" + file
                    + "; name the file, or the folder that has " + FILE_NAME);
        }
        System.load(file.toAbsolutePath().toString());
        return file.toString();
    }

    private static String loadFromJar() {
        final String resource = "/native/linux-" + architecture() + "/" + FILE_NAME;
        final List<String> tried = new ArrayList<>();
        if (NativeLibrary.class.getResource(resource) == null) {
            throw new UnsatisfiedLinkError("libkera is not in the jar: tried=" + resource + "; set -D" + PATH_PROPERTY);
        }
        for (final Path folder : foldersToTry()) {
            if (loadFromCopy(resource, folder, tried)) {
                return resource;
            }
        }
        throw new UnsatisfiedLinkError("libkera could not be loaded; tried " + String.join("; ", tried)
                + "; give one of these folders exec rights and room, or set -D" + PATH_PROPERTY);
    }

    private static boolean loadFromCopy(String resource, Path folder, List<String> tried) {
        @Nullable Path own = null;
        try {
            Files.createDirectories(folder);
            own = Files.createTempDirectory(
                    folder,
                    "kera-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            final Path file = own.resolve(FILE_NAME);
            // Somebody may press Ctrl-C right now: the last one named goes first.
            own.toFile().deleteOnExit();
            file.toFile().deleteOnExit();
            try (InputStream library = NativeLibrary.class.getResourceAsStream(resource)) {
                if (library == null) {
                    throw new IOException("gone: " + resource);
                }
                Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
            }
            System.load(file.toAbsolutePath().toString());
            return true;
        } catch (IOException | UnsatisfiedLinkError e) {
            tried.add(folder + " (" + e.getMessage() + ")");
            return false;
        } finally {
            remove(own);
        }
    }

    /** The mapping keeps the file's bytes; its name is not needed any more. */
    private static void remove(@Nullable Path own) {
        if (own != null) {
            try {
                Files.deleteIfExists(own.resolve(FILE_NAME));
                Files.deleteIfExists(own);
            } catch (IOException e) {
                // It is tried again when the process ends; a copy that stays is not worth failing for.
                return;
            }
        }
    }

    private static List<Path> foldersToTry() {
        final List<Path> folders = new ArrayList<>();
        folders.add(Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
        final String runtime = System.getenv("XDG_RUNTIME_DIR");
        if (runtime != null && !runtime.isEmpty()) {
            folders.add(Path.of(runtime));
        }
        final String cache = System.getenv("XDG_CACHE_HOME");
        folders.add(
                cache == null || cache.isEmpty()
                        ? Path.of(System.getProperty("user.home", "."), ".cache", "kera")
                        : Path.of(cache, "kera"));
        folders.add(Path.of("/dev/shm"));
        return folders;
    }

    private static String architecture() {
        final String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return "amd64".equals(arch) ? "x86_64" : arch;
    }
}
