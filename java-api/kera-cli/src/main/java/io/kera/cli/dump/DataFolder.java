package io.kera.cli.dump;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node's data folder, or the part of it that belongs to some streams. Immutable.
 *
 * @param isPart only the folder of streams is meant, or of one stream, or of one streamlet
 * @param stream -1: all streams
 * @param streamlet -1: all streamlets of the stream
 */
record DataFolder(Path path, boolean isPart, long stream, long streamlet) {
    private static final String JOURNALS = "journal";
    private static final String STREAMS = "streams";
    private static final String CATALOG = "catalog";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

    /** Null: it is neither a data folder nor a folder of streams in one. */
    static @Nullable DataFolder of(Path given) {
        final List<Long> numbers = new ArrayList<>();
        Path at = given.toAbsolutePath().normalize();
        if (Files.isDirectory(at.resolve(JOURNALS))) {
            return new DataFolder(at, false, -1, -1);
        }
        while (at != null && numbers.size() < 2 && isNumber(at)) {
            numbers.add(0, Long.parseLong(nameOf(at)));
            at = at.getParent();
        }
        final Path root = at == null ? null : at.getParent();
        if (at == null || root == null || !STREAMS.equals(nameOf(at)) || !Files.isDirectory(root.resolve(JOURNALS))) {
            return null;
        }
        return new DataFolder(
                root, true, numbers.isEmpty() ? -1 : numbers.get(0), numbers.size() < 2 ? -1 : numbers.get(1));
    }

    boolean has(long id) {
        return stream < 0 || stream == id;
    }

    /** One for each reactor that there is or was. */
    List<Path> journals() throws IOException {
        return in(path.resolve(JOURNALS)).stream().filter(DataFolder::isNumber).toList();
    }

    Path streamFolder(long id) {
        return path.resolve(STREAMS).resolve(Long.toString(id));
    }

    Path catalogFile(long id, String ending) {
        return path.resolve(CATALOG).resolve(id + ending);
    }

    /** Of streams with a folder or a file in the catalog's. */
    Set<Long> streamsWithFiles() throws IOException {
        final Set<Long> ids = new TreeSet<>();
        for (final Path folder : in(path.resolve(STREAMS))) {
            if (isNumber(folder)) {
                ids.add(Long.parseLong(nameOf(folder)));
            }
        }
        for (final Path file : in(path.resolve(CATALOG))) {
            final String name = nameOf(file);
            final int dot = name.indexOf('.');
            if (dot > 0 && NUMBER.matcher(name.substring(0, dot)).matches()) {
                ids.add(Long.parseLong(name.substring(0, dot)));
            }
        }
        return ids;
    }

    private static List<Path> in(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.sorted().toList();
        }
    }

    private static boolean isNumber(Path path) {
        return NUMBER.matcher(nameOf(path)).matches();
    }

    private static String nameOf(Path path) {
        final Path name = path.getFileName();
        return name == null ? "" : name.toString();
    }
}
