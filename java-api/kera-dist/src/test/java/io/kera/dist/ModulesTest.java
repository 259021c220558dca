package io.kera.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.node.KeraNode;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client as a program sees it that is a module itself. */
final class ModulesTest {
    private static final String PROGRAM = """
            package clicks;

            import io.kera.client.*;
            import io.kera.client.Record;
            import io.kera.client.errors.UnknownStreamException;

            class Clicks {
                public static void main(String[] arguments) {
                    try (KeraClient client = KeraClient.connect(arguments[0]);
                            Producer producer = client.producer()) {
                        try {
                            client.admin().describeStream("clicks");
                        } catch (UnknownStreamException e) {
                            client.admin().createStream("clicks", StreamSettings.DEFAULT);
                        }
                        System.out.println("offset " + producer.send(Record.of("clicks", "a")).join().offset());
                    }
                }
            }
            """;

    @TempDir
    private Path folder = Path.of(".");

    private String modulePath = "";

    @BeforeEach
    void findTheClientsJars() throws IOException, InterruptedException {
        final Unpacked unpacked = Unpacked.into(Files.createDirectory(folder.resolve("unpacked")));
        modulePath = unpacked.jars().stream()
                .filter(jar ->
                        jar.getFileName().toString().matches("(kera-(client|native|wire|codecs)|agrona|jspecify)-.*"))
                .map(Path::toString)
                .collect(Collectors.joining(":"));
    }

    @Test
    void aModuleThatRequiresTheClientRuns() throws IOException, InterruptedException {
        assertEquals("", compile(PROGRAM));
        final NodeConfig config = NodeConfig.builder()
                .set(NodeKeys.DATA_FOLDER, folder.resolve("data").toString())
                .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0")
                .set(NodeKeys.HTTP_LISTEN, "off")
                .set(NodeKeys.MEMORY_ARENA, "64m")
                .build();
        try (KeraNode node = KeraNode.start(config, (level, line) -> {})) {
            final Unpacked.Ended ran = Unpacked.run(
                    List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--add-opens",
                            "java.base/jdk.internal.misc=org.agrona",
                            "--enable-native-access=io.kera.ffi",
                            "--module-path",
                            modulePath + ":" + folder.resolve("classes"),
                            "--module",
                            "clicks/clicks.Clicks",
                            node.uri("tcp")),
                    Map.of());
            assertEquals(0, ran.status(), ran::output);
            assertTrue(ran.output().contains("offset 0\n"), ran::output);
            assertFalse(ran.output().contains("WARNING: A restricted method"), ran::output);
        }
    }

    @Test
    void whatIsNotExportedIsNotSeen() throws IOException {
        for (final String hidden :
                List.of("io.kera.client.produce", "io.kera.client.session", "io.kera.wire", "io.kera.ffi")) {
            final String said = compile(
                    PROGRAM.replace("io.kera.client.Record;", "io.kera.client.Record;import " + hidden + ".*;"));
            assertTrue(said.contains(hidden), said);
        }
    }

    /** What javac says; nothing where all is well. */
    private String compile(String program) throws IOException {
        final Path sources = Files.createDirectories(folder.resolve("sources/clicks"));
        final Path descriptor = Files.writeString(
                folder.resolve("sources/module-info.java"), "module clicks { requires io.kera.client; }");
        final Path source = Files.writeString(sources.resolve("Clicks.java"), program);
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            compiler.getTask(
                            said,
                            files,
                            null,
                            List.of(
                                    "--module-path",
                                    modulePath,
                                    "-d",
                                    folder.resolve("classes").toString()),
                            null,
                            files.getJavaFileObjects(descriptor, source))
                    .call();
        }
        return said.toString();
    }
}
