package io.kera.cli.doctor;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import com.sun.jna.Structure.FieldOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The machine as it says of itself: files of /proc and /sys below a root, and what libc answers. Any thread. */
final class Host {
    /** Resources of getrlimit, as Linux numbers them. */
    static final int LIMIT_OPEN_FILES = 7;

    static final int LIMIT_LOCKED_MEMORY = 8;
    static final long UNLIMITED = -1;
    private static final int SC_PAGESIZE = 30;
    private static final int SC_CORES_ONLINE = 84;

    private final Path root;
    private final Map<String, String> environment;

    Host(Path root, Map<String, String> environment) {
        this.root = root;
        this.environment = Map.copyOf(environment);
    }

    Map<String, String> environment() {
        return environment;
    }

    /** A file's text without white space around it; empty where it is not there. */
    String read(String file) {
        try {
            return Files.readString(root.resolve(file)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** A file that is a number; otherwise where it is not there, or none. */
    long readNumber(String file, long otherwise) {
        final String text = read(file);
        return text.matches("-?\\d{1,18}") ? Long.parseLong(text) : otherwise;
    }

    /** Of a file with lines {@code name: number}; 0 where it is not there. */
    long readField(String file, String name) {
        final Matcher found =
                Pattern.compile("(?m)^" + Pattern.quote(name) + ":?\\s+(\\d+)").matcher(read(file));
        return found.find() ? Long.parseLong(found.group(1)) : 0;
    }

    /** What a file of choices has in brackets, as in {@code always [madvise] never}. */
    String readChoice(String file) {
        final Matcher found = Pattern.compile("\\[(\\S+)]").matcher(read(file));
        return found.find() ? found.group(1) : "";
    }

    List<String> list(String folder) {
        final List<String> names = new ArrayList<>();
        try (Stream<Path> entries = Files.list(root.resolve(folder))) {
            entries.forEach(entry -> names.add(entry.getFileName().toString()));
        } catch (IOException e) {
            return List.of();
        }
        names.sort(null);
        return names;
    }

    Path path(String file) {
        return root.resolve(file);
    }

    /** The soft limit of this process; {@link #UNLIMITED} for none. */
    long limit(int resource) {
        final Limit limit = new Limit();
        C.INSTANCE.getrlimit(resource, limit);
        return limit.soft;
    }

    long pageBytes() {
        return C.INSTANCE.sysconf(SC_PAGESIZE);
    }

    int coresOnline() {
        return Math.toIntExact(C.INSTANCE.sysconf(SC_CORES_ONLINE));
    }

    /** {@code struct rlimit}. */
    @FieldOrder({"soft", "hard"})
    public static final class Limit extends Structure {
        public long soft;
        public long hard;
    }

    /** What is asked of libc. */
    interface C extends Library {
        C INSTANCE = Native.load("c", C.class);

        int getrlimit(int resource, Limit limit) throws LastErrorException;

        long sysconf(int name) throws LastErrorException;
    }
}
