package io.kera.ffi;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sizes and offsets of the C ABI's structs, read from the library that is loaded, so that no layout is typed twice.
 *
 * <p>Immutable; any thread. Asking for a name that the library does not have is an error: it and these classes are not
 * of the same version.
 */
public final class NativeLayout {
    /** A number of {@code enum kera_code}. */
    public record Code(int number, String name, boolean retriable) {}

    /** The ABI that these classes were written against. */
    static final int ABI_VERSION = 2;

    private static @Nullable NativeLayout loaded;

    private final Map<String, Integer> structs = new HashMap<>();
    private final Map<String, Integer> offsets = new HashMap<>();
    private final Map<String, Integer> sizes = new HashMap<>();
    private final Map<Integer, Code> codes = new HashMap<>();
    private String version = "";
    private int abi;

    private NativeLayout(String description) {
        for (final String line : description.split("\n")) {
            read(line.split(" "));
        }
        if (abi < ABI_VERSION) {
            throw new UnsatisfiedLinkError("libkera is too old: abi=" + abi + " limit=" + ABI_VERSION + " version="
                    + version + "; load the one built with these classes");
        }
    }

    /** Of the library, which is loaded if need be. */
    public static synchronized NativeLayout get() {
        if (loaded == null) {
            NativeLibrary.load();
            loaded = new NativeLayout(NativeCalls.describe());
        }
        return loaded;
    }

    private void read(String[] words) {
        switch (words[0]) {
            case "version" -> version = words[1];
            case "abi" -> abi = Integer.parseInt(words[1]);
            case "code" -> {
                final int number = Integer.parseInt(words[1]);
                codes.put(number, new Code(number, words[2], "1".equals(words[3])));
            }
            case "struct" -> structs.put(words[1], Integer.valueOf(words[2]));
            case "field" -> {
                offsets.put(words[1], Integer.valueOf(words[2]));
                sizes.put(words[1], Integer.valueOf(words[3]));
            }
            default -> throw new UnsatisfiedLinkError("libkera describes itself by an unknown word: " + words[0]);
        }
    }

    /** Bytes of a struct, such as {@code kera_batch}. */
    public int bytes(String struct) {
        return known(structs, struct);
    }

    /** Where a field lies, such as {@code kera_batch.data}. */
    public int offset(String field) {
        return known(offsets, field);
    }

    /** Bytes of a field. */
    public int fieldBytes(String field) {
        return known(sizes, field);
    }

    /** Every error code of the library by its number. */
    public Map<Integer, Code> codes() {
        return Map.copyOf(codes);
    }

    String version() {
        return version;
    }

    private static int known(Map<String, Integer> table, String name) {
        final Integer found = table.get(name);
        if (found == null) {
            throw new UnsatisfiedLinkError("libkera does not know " + name + "; load the one built with these classes");
        }
        return found;
    }
}
