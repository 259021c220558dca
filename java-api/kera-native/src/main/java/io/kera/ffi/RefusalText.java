package io.kera.ffi;

import java.util.Map;

/**
 * A refusal in one line, as {@code describe(Error)} of the native side has it: {@code FRAME_TOO_LARGE
 * frame_bytes=70000 limit=65536}. Any thread.
 */
public final class RefusalText {
    private static final String ERRNO = "_errno";

    /** What Linux calls the numbers that a user meets. */
    private static final Map<Long, String> ERRNO_WORDS = Map.ofEntries(
            Map.entry(1L, "Operation not permitted"),
            Map.entry(2L, "No such file or directory"),
            Map.entry(5L, "Input/output error"),
            Map.entry(12L, "Cannot allocate memory"),
            Map.entry(13L, "Permission denied"),
            Map.entry(16L, "Device or resource busy"),
            Map.entry(17L, "File exists"),
            Map.entry(20L, "Not a directory"),
            Map.entry(21L, "Is a directory"),
            Map.entry(22L, "Invalid argument"),
            Map.entry(24L, "Too many open files"),
            Map.entry(27L, "File too large"),
            Map.entry(28L, "No space left on device"),
            Map.entry(30L, "Read-only file system"),
            Map.entry(32L, "Broken pipe"),
            Map.entry(36L, "File name too long"),
            Map.entry(98L, "Address already in use"),
            Map.entry(99L, "Cannot assign requested address"),
            Map.entry(101L, "Network is unreachable"),
            Map.entry(104L, "Connection reset by peer"),
            Map.entry(110L, "Connection timed out"),
            Map.entry(111L, "Connection refused"),
            Map.entry(113L, "No route to host"),
            Map.entry(122L, "Disk quota exceeded"));

    private RefusalText() {}

    /** The code's name, the thing concerned, what there was, and what was allowed. */
    public static String of(String codeName, String what, long limit, long value) {
        final StringBuilder line = new StringBuilder(codeName);
        if (!what.isEmpty()) {
            line.append(' ').append(what);
        }
        if (value != 0 || limit != 0) {
            line.append('=').append(value);
        }
        final String words = what.endsWith(ERRNO) ? errnoWords(value) : "";
        if (!words.isEmpty()) {
            line.append(" (").append(words).append(')');
        }
        if (limit != 0) {
            line.append(" limit=").append(limit);
        }
        return line.toString();
    }

    /** Empty for a number that has none here. */
    public static String errnoWords(long errno) {
        return ERRNO_WORDS.getOrDefault(errno, "");
    }
}
