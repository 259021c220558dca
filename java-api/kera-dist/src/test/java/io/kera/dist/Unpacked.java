package io.kera.dist;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipFile;

/** The tarball, unpacked; and its programs, run with an environment that has nothing of ours. One thread. */
record Unpacked(Path home) {
    record Ended(int status, String output) {}

    /** Unpacks it into a folder. */
    static Unpacked into(Path folder) throws IOException, InterruptedException {
        final Path tarball = Path.of(System.getProperty("kera.tarball", ""));
        final Ended unpacked = run(List.of("tar", "xzf", tarball.toString(), "-C", folder.toString()), Map.of());
        if (unpacked.status() != 0) {
            throw new IOException(tarball + ": " + unpacked.output());
        }
        try (Stream<Path> found = Files.list(folder)) {
            return new Unpacked(found.findFirst().orElseThrow());
        }
    }

    Ended kera(Map<String, String> environment, String... arguments) throws IOException, InterruptedException {
        return run(command(arguments), environment);
    }

    Process start(Map<String, String> environment, String... arguments) throws IOException {
        return process(command(arguments), environment).start();
    }

    List<Path> jars() {
        try (Stream<Path> found = Files.list(home.resolve("lib"))) {
            return found.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The bytes of libkera.so, out of its jar. */
    byte[] libkera() throws IOException {
        final Path jar = jars().stream()
                .filter(path -> path.getFileName().toString().startsWith("kera-native-"))
                .findFirst()
                .orElseThrow();
        final String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
        final String name = "native/linux-" + architecture + "/libkera.so";
        try (ZipFile contents = new ZipFile(jar.toFile());
                InputStream bytes = contents.getInputStream(contents.getEntry(name))) {
            return bytes.readAllBytes();
        }
    }

    static Ended run(List<String> command, Map<String, String> environment) throws IOException, InterruptedException {
        final Process process = process(command, environment).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(process.waitFor(), output);
    }

    private List<String> command(String... arguments) {
        final List<String> command = new ArrayList<>();
        command.add(home.resolve("bin/kera").toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private static ProcessBuilder process(List<String> command, Map<String, String> environment) {
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("KERA_"));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().putAll(environment);
        return builder;
    }
}
