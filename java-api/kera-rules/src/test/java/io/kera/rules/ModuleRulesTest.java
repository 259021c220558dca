package io.kera.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each module says what it is for, and each package that its references are never null. */
final class ModuleRulesTest {
    @Test
    void everyModuleKeepsThem() throws IOException {
        final List<String> found = new ArrayList<>();
        for (final Path module : Checkout.modules()) {
            found.addAll(findings(module));
        }
        assertEquals(List.of(), found, () -> String.join("\n", found));
    }

    @Test
    void missesAReadme(@TempDir Path module) throws IOException {
        assertSays("README.md", findings(module));
    }

    @Test
    void missesAPackageInfo(@TempDir Path module) throws IOException {
        Files.writeString(module.resolve("README.md"), "# thing\n");
        final Path there = Files.createDirectories(module.resolve("src/main/java/io/kera/thing"));
        Files.writeString(there.resolve("Thing.java"), "final class Thing {}");
        assertSays("package-info.java", findings(module));
        Files.writeString(there.resolve("package-info.java"), "package io.kera.thing;");
        assertSays("@NullMarked", findings(module));
        Files.writeString(there.resolve("package-info.java"), "@NullMarked package io.kera.thing;");
        assertEquals(List.of(), findings(module));
    }

    private static List<String> findings(Path module) throws IOException {
        final List<String> found = new ArrayList<>();
        if (!Files.exists(module.resolve("README.md"))) {
            found.add(module + ": README.md is missing; say what it is for, what it promises, what it must never know");
        }
        final Path sources = module.resolve("src/main/java");
        if (!Files.isDirectory(sources)) {
            return found;
        }
        try (Stream<Path> folders = Files.walk(sources)) {
            for (final Path folder : folders.filter(Files::isDirectory).toList()) {
                if (holdsJava(folder)) {
                    final Path info = folder.resolve("package-info.java");
                    if (!Files.exists(info)) {
                        found.add(folder + ": package-info.java is missing");
                    } else if (!Checkout.read(info).contains("@NullMarked")) {
                        found.add(info + ": @NullMarked is missing");
                    }
                }
            }
        }
        return found;
    }

    private static boolean holdsJava(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .anyMatch(name -> name.endsWith(".java") && !"module-info.java".equals(name));
        }
    }

    private static void assertSays(String said, List<String> findings) {
        assertEquals(1, findings.size(), findings::toString);
        assertTrue(findings.get(0).contains(said), findings::toString);
    }
}
