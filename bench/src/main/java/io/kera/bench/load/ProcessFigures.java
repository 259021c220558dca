package io.kera.bench.load;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What the kernel says of a process. Any thread; owns nothing. */
public final class ProcessFigures {
    /** USER_HZ, which Linux promises to programs on x86-64 and aarch64. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int USER_TICKS_FIELD = 11;

    private ProcessFigures() {}

    /** User and system time that it has used; 0 when there is no such process. */
    public static double cpuSeconds(long pid) {
        try {
            final String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // The name, in brackets, may hold spaces; fields are counted from behind it.
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[USER_TICKS_FIELD]) + Long.parseLong(fields[USER_TICKS_FIELD + 1]))
                    / TICKS_PER_SECOND;
        } catch (IOException e) {
            return 0;
        }
    }

    /**
     * Nanoseconds that each of its threads has run, by the thread's number: not in ticks, but without what threads did
     * that have ended.
     */
    public static Map<String, Long> threadNanos(long pid) {
        final Map<String, Long> nanos = new HashMap<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
            for (final Path thread : threads) {
                final String ran = Files.readString(thread.resolve("schedstat"));
                nanos.put(thread.getFileName().toString(), Long.parseLong(ran.substring(0, ran.indexOf(' '))));
            }
        } catch (IOException e) {
            return nanos;
        }
        return nanos;
    }

    /** Seconds between two looks at {@link #threadNanos}. */
    public static double seconds(Map<String, Long> before, Map<String, Long> after) {
        long nanos = 0;
        for (final Map.Entry<String, Long> thread : after.entrySet()) {
            nanos += thread.getValue() - before.getOrDefault(thread.getKey(), 0L);
        }
        return nanos / 1e9;
    }

    /** That all processors of the machine have worked for programs, since it started. */
    public static double busySeconds() {
        try {
            // cpu user nice system idle iowait irq softirq steal
            final String[] fields =
                    Files.readAllLines(Path.of("/proc/stat")).get(0).split(" +");
            double ticks = 0;
            for (final int field : new int[] {1, 2, 3, 8}) {
                ticks += Long.parseLong(fields[field]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            return 0;
        }
    }

    public static long peakResidentBytes(long pid) {
        return statusBytes(pid, "VmHWM:");
    }

    public static long residentBytes(long pid) {
        return statusBytes(pid, "VmRSS:");
    }

    /** Resident now, but for mappings whose name begins so. */
    public static long residentBytesWithout(long pid, String mapping) {
        long kib = 0;
        boolean counts = true;
        try {
            for (final String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps"))) {
                if (line.matches("^[0-9a-f]+-[0-9a-f]+ .*")) {
                    counts = !line.contains(mapping);
                } else if (counts && line.startsWith("Rss:")) {
                    kib += Long.parseLong(line.replaceAll("[^0-9]", ""));
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return kib << 10;
    }

    private static long statusBytes(long pid, String name) {
        try {
            for (final String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "status"))) {
                if (line.startsWith(name)) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }
}
