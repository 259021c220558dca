package io.kera.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same sources make the same tarball, in any folder and at any time: nothing of either is in it. */
final class ReproducibleTest {
    /** Mode, owner and group, size, time, name: what `tar --verbose` says of an entry. */
    private static final Pattern ENTRY = Pattern.compile("(\\S+) +(\\S+) +[0-9]+ (\\S+ \\S+) (\\S+)");

    private static final String TIME = "2026-01-01 00:00:00";

    private final Path tarball = Path.of(System.getProperty("kera.tarball", ""));
    private final String checkout = System.getProperty("kera.checkout", "");

    @Test
    void itsEntriesHaveNoOwnerAndNoTimeOfTheirOwn() throws IOException, InterruptedException {
        final List<MatchResult> entries = entries();
        assertEquals(Set.of("0/0"), every(entries, 2));
        assertEquals(Set.of(TIME), every(entries, 3));
        assertEquals(Set.of("-rwxr-xr-x", "-rw-r--r--", "drwxr-xr-x"), every(entries, 1));
    }

    /** Folders come first. */
    @Test
    void itsFilesAreInOrder() throws IOException, InterruptedException {
        final List<String> names = entries().stream()
                .map(entry -> entry.group(4))
                .filter(name -> !name.endsWith("/") && !name.contains("/bin/"))
                .toList();
        assertEquals(names.stream().sorted().toList(), names);
    }

    /** Bytes 4 to 7 of a gzip file are a time. */
    @Test
    void itsCompressionHasNoTime() throws IOException {
        final byte[] bytes = Files.readAllBytes(tarball);
        assertEquals(0, bytes[4] | bytes[5] | bytes[6] | bytes[7]);
    }

    @Test
    void ourJarsHaveNoTimeAndNoFolderOfTheirOwn(@TempDir Path folder) throws IOException, InterruptedException {
        for (final Path jar : Unpacked.into(folder).jars()) {
            if (!jar.getFileName().toString().startsWith("kera-")) {
                continue;
            }
            try (ZipFile contents = new ZipFile(jar.toFile())) {
                for (final ZipEntry entry : contents.stream().toList()) {
                    assertEquals(TIME, entry.getTimeLocal().toString().replace("T00:00", " 00:00:00"), entry::getName);
                    final byte[] bytes = contents.getInputStream(entry).readAllBytes();
                    assertFalse(new String(bytes, StandardCharsets.ISO_8859_1).contains(checkout), entry::getName);
                }
            }
        }
    }

    private List<MatchResult> entries() throws IOException, InterruptedException {
        final Unpacked.Ended listed = Unpacked.run(
                List.of(
                        "tar",
                        "--list",
                        "--verbose",
                        "--numeric-owner",
                        "--utc",
                        "--full-time",
                        "-f",
                        tarball.toString()),
                Map.of());
        assertEquals(0, listed.status(), listed::output);
        final List<MatchResult> entries =
                ENTRY.matcher(listed.output()).results().toList();
        assertTrue(entries.size() > 10, listed::output);
        assertEquals(listed.output().lines().count(), entries.size(), listed::output);
        return entries;
    }

    private static Set<String> every(List<MatchResult> entries, int group) {
        return entries.stream().map(entry -> entry.group(group)).collect(Collectors.toSet());
    }
}
