package io.kera.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {
    @TempDir
    Path folder;

    /** Loading happens once in a virtual machine, so each way of it needs one of its own. */
    public static final class Loader {
        private Loader() {}

        public static void main(String[] args) {
            try {
                System.out.println("version " + NativeLibrary.version() + " from " + NativeLibrary.origin());
            } catch (UnsatisfiedLinkError e) {
                System.out.println("refused " + e.getMessage());
            }
        }
    }

    /** A core's life at a level of its log, which is the whole process's. */
    public static final class LoggedCore {
        private LoggedCore() {}

        public static void main(String[] args) {
            NativeLog.setLevel(NativeLog.Level.valueOf(args[0]));
            try (NativeCore core = NativeCore.open(CoreOptions.builder()
                    .listen(List.of("tcp:127.0.0.1:0"))
                    .arenaBytes(16 << 20)
                    .touchAhead(false)
                    .build())) {
                core.drain();
                for (int cycle = 0; cycle < 100; cycle++) {
                    core.poll();
                }
            }
        }
    }

    private static String run(String... properties) throws IOException, InterruptedException {
        final List<String> arguments = new ArrayList<>(List.of(properties));
        arguments.addAll(List.of("-cp", classPath(), Loader.class.getName()));
        return java(arguments);
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private static String java(List<String> arguments) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(arguments);
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        return said;
    }

    private static Path builtLibrary() {
        return Path.of("target/classes/native/linux-x86_64/libkera.so").toAbsolutePath();
    }

    @Test
    void comesOutOfTheJarAndLeavesNothingBehind() throws IOException, InterruptedException {
        final String said = run("-Djava.io.tmpdir=" + folder);
        assertTrue(said.contains("version 0.1.0 from /native/linux-"), said);
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(
                    List.of(),
                    left.filter(f -> f.getFileName().toString().startsWith("kera"))
                            .toList());
        }
    }

    @Test
    void stepsOverAFolderThatWillNotDo() throws IOException, InterruptedException {
        final Path notAFolder = Files.createFile(folder.resolve("file"));
        final String said = run("-Djava.io.tmpdir=" + notAFolder);
        assertTrue(said.contains("version 0.1.0"), said);
    }

    @Test
    void isTakenFromAFileOrAFolder() throws IOException, InterruptedException {
        final Path file = builtLibrary();
        assertTrue(run("-Dkera.native.path=" + file).contains("from " + file));
        assertTrue(run("-Dkera.native.path=" + file.getParent()).contains("from " + file));
    }

    @Test
    void namesWhatWasTried() throws IOException, InterruptedException {
        final String said = run("-Dkera.native.path=" + folder);
        assertTrue(said.contains("refused libkera is not there"), said);
        assertTrue(said.contains(folder.resolve("libkera.so").toString()), said);
    }

    @Test
    void saysAsMuchAsItIsAllowedTo() throws IOException, InterruptedException {
        assertTrue(java(List.of("-cp", classPath(), LoggedCore.class.getName(), "INFO"))
                .contains("event=reactor_drained"));
        assertEquals("", java(List.of("-cp", classPath(), LoggedCore.class.getName(), "OFF")));
    }

    @Test
    void refusesALayoutThatItDoesNotKnow() {
        assertThrows(UnsatisfiedLinkError.class, () -> NativeLayout.get().offset("kera_batch.colour"));
        assertEquals(8, NativeLayout.get().fieldBytes("kera_batch.lease"));
    }
}
