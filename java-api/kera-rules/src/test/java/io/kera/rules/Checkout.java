package io.kera.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files that the rules are about. Stateless. */
final class Checkout {
    private static final Path ROOT = Path.of(System.getProperty("kera.checkout", "../.."))
            .toAbsolutePath()
            .normalize();

    private Checkout() {}

    static Path root() {
        return ROOT;
    }

    /** Folders of Maven modules that hold Java of ours. */
    static List<Path> modules() {
        try (Stream<Path> listed = Files.list(ROOT.resolve("java-api"))) {
            return Stream.concat(listed, Stream.of(ROOT.resolve("bench")))
                    .filter(folder -> Files.exists(folder.resolve("pom.xml")))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every Java source that somebody wrote. */
    static List<JavaSource> sources() {
        return modules().stream()
                .map(module -> module.resolve("src"))
                .filter(Files::isDirectory)
                .flatMap(Checkout::walk)
                .filter(path -> path.toString().endsWith(".java"))
                .map(path -> JavaSource.of(ROOT.relativize(path).toString(), read(path)))
                .toList();
    }

    /** Compiled classes, without tests. */
    static List<Path> classFolders() {
        return Stream.concat(modules().stream(), Stream.of(ROOT.resolve("sbe-schemas")))
                .map(module -> module.resolve("target/classes"))
                .filter(Files::isDirectory)
                .toList();
    }

    static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> walk(Path folder) {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
