package io.kera.node.config;

import io.kera.node.files.SocketFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Properties of the machine from which defaults are chosen. Immutable.
 *
 * @param memoryBytes memory that this process may use: the machine's, or less if a cgroup limits it
 * @param memoryLimit what sets this limit: {@code machine} or {@code cgroup}
 */
record Machine(
        int cores,
        long memoryBytes,
        String memoryLimit,
        long hugePagesFree,
        String user,
        Map<String, String> environment) {
    private static final long UNKNOWN_MEMORY_BYTES = 1L << 30;
    private static final Pattern MEM_TOTAL = Pattern.compile("MemTotal:\\s+(\\d+) kB");
    private static final Pattern HUGE_FREE = Pattern.compile("HugePages_Free:\\s+(\\d+)");

    static Machine probe(Map<String, String> environment) {
        final String info = read(Path.of("/proc/meminfo"));
        final long total = number(MEM_TOTAL, info, UNKNOWN_MEMORY_BYTES >> 10) << 10;
        final long cgroup = cgroupLimit();
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                Math.min(total, cgroup),
                cgroup < total ? "cgroup" : "machine",
                number(HUGE_FREE, info, 0),
                System.getProperty("user.name", "kera"),
                Map.copyOf(environment));
    }

    /** The folder for the user's data, by the rules of XDG. */
    Path dataHome() {
        final String xdg = environment.getOrDefault("XDG_DATA_HOME", "");
        return xdg.isEmpty() ? home().resolve(".local/share") : Path.of(xdg);
    }

    /** The folder for sockets. */
    Path runtimeFolder() {
        return SocketFolder.choose(environment, SocketFolder.ownUid(), user, Path.of("/run"));
    }

    private Path home() {
        final String home = environment.getOrDefault("HOME", "");
        return Path.of(home.isEmpty() ? System.getProperty("user.home", "/") : home);
    }

    /** The lowest limit of cgroup v2, of this process's cgroup, and of v1. */
    private static long cgroupLimit() {
        long least = Long.MAX_VALUE;
        for (final String place : new String[] {
            "/sys/fs/cgroup/memory.max",
            "/sys/fs/cgroup" + ownCgroup() + "/memory.max",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes"
        }) {
            final String text = read(Path.of(place)).strip();
            if (text.matches("\\d{1,18}")) {
                least = Math.min(least, Long.parseLong(text));
            }
        }
        return least;
    }

    private static String ownCgroup() {
        final Matcher own = Pattern.compile("(?m)^0::(/.*)$").matcher(read(Path.of("/proc/self/cgroup")));
        return own.find() ? own.group(1) : "";
    }

    private static long number(Pattern pattern, String text, long otherwise) {
        final Matcher found = pattern.matcher(text);
        return found.find() ? Long.parseLong(found.group(1)) : otherwise;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }
}
