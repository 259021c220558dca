package io.kera.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DistributionTest {
    private static final Pattern LIBRARY =
            Pattern.compile("^\\s*(?:/\\S*/)?([a-z_+-]+[a-z0-9_+-]*)\\.so", Pattern.MULTILINE);

    private static final Set<String> BARE = Set.of("linux-vdso", "libc", "libm", "libpthread", "libdl", "librt");

    private final Unpacked unpacked;

    DistributionTest(@TempDir Path folder) throws IOException, InterruptedException {
        unpacked = Unpacked.into(folder);
    }

    @BeforeAll
    void holdsWhatItShould() {
        for (final String name :
                List.of("bin/kera", "conf/kera.properties", "kera.cdx.json", "LICENSE", "NOTICE", "licences")) {
            assertTrue(Files.exists(unpacked.home().resolve(name)), name);
        }
    }

    @Test
    void saysItsVersion() throws IOException, InterruptedException {
        final Unpacked.Ended ended = unpacked.kera(Map.of(), "--version");
        assertEquals(0, ended.status(), ended::output);
        assertTrue(ended.output().startsWith("kera " + System.getProperty("kera.version")), ended::output);
    }

    @Test
    void hasTheBench() throws IOException, InterruptedException {
        final Unpacked.Ended helped = unpacked.kera(Map.of(), "help", "bench", "produce");
        assertEquals(0, helped.status(), helped::output);
        assertTrue(helped.output().startsWith("Usage: kera bench produce "), helped::output);
    }

    @Test
    void refusesAnOldJava(@TempDir Path old) throws IOException, InterruptedException {
        Files.createDirectories(old.resolve("bin"));
        Files.writeString(old.resolve("release"), "JAVA_VERSION=\"11.0.2\"\n");
        final Path java = Files.writeString(old.resolve("bin/java"), "#!/bin/sh\n");
        assertTrue(java.toFile().setExecutable(true));
        final Unpacked.Ended ended = unpacked.kera(Map.of("JAVA_HOME", old.toString()), "--version");
        assertEquals(1, ended.status());
        assertTrue(ended.output().contains("version=11 limit=17"), ended::output);
    }

    @Test
    void runsANode(@TempDir Path folder) throws IOException, InterruptedException {
        final String uri = "shm:" + folder.resolve("node.sock");
        final Process node = unpacked.start(
                Map.of("KERA_DATA_FOLDER", folder.resolve("data").toString()),
                "node",
                "--config=" + unpacked.home().resolve("conf/kera.properties"),
                "--listen=" + uri,
                "--http-listen=off",
                "--memory-arena=64m");
        try (BufferedReader banner = node.inputReader()) {
            assertNotNull(banner.readLine(), "the node said nothing");
            final Unpacked.Ended listed = unpacked.kera(Map.of(), "stream", "list", "--uri=" + uri);
            assertEquals(0, listed.status(), listed::output);
            node.toHandle().destroy(); // leaves the streams open
            final String said = String.join("\n", banner.lines().toList());
            assertTrue(node.waitFor(1, TimeUnit.MINUTES), said);
            assertEquals(0, node.exitValue(), said);
        } finally {
            node.destroyForcibly();
        }
    }

    @Test
    void showsEverySetting() throws IOException {
        assertEquals(
                ConfigurationExample.text(), Files.readString(unpacked.home().resolve("conf/kera.properties")));
    }

    @Test
    void namesEveryLibraryItShips() throws IOException {
        final String notice = Files.readString(unpacked.home().resolve("NOTICE"));
        for (final Path jar : unpacked.jars()) {
            final String artifact = jar.getFileName().toString().replaceAll("-[0-9].*", "");
            if (!artifact.startsWith("kera-")) {
                assertTrue(
                        notice.contains(":" + artifact + ")") || named(notice, artifact),
                        () -> "NOTICE lacks " + artifact);
            }
        }
    }

    /** A machine with nothing but the C library can load it. */
    @Test
    void itsLibraryNeedsTheCLibraryOnly(@TempDir Path folder) throws IOException, InterruptedException {
        final Path library = Files.write(folder.resolve("libkera.so"), unpacked.libkera());
        final Unpacked.Ended needed = Unpacked.run(List.of("ldd", library.toString()), Map.of());
        assertEquals(0, needed.status(), needed::output);
        final List<String> names = LIBRARY.matcher(needed.output())
                .results()
                .map(found -> found.group(1))
                .toList();
        assertTrue(names.contains("libc"), needed::output);
        for (final String needs : names) {
            assertTrue(BARE.contains(needs) || needs.startsWith("ld-linux"), needed::output);
        }
    }

    /** {@code prometheus-metrics-*} names all that begin so. */
    private static boolean named(String notice, String artifact) {
        return Pattern.compile(":([a-z-]+)\\*\\)")
                .matcher(notice)
                .results()
                .anyMatch(found -> artifact.startsWith(found.group(1)));
    }
}
