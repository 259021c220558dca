package io.kera.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.node.KeraNode;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the front page says is so. */
final class ReadmeTest {
    private static final Path CHECKOUT = Path.of(System.getProperty("kera.checkout", "../.."));
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^):#]+)\\)");

    @Test
    void itsExampleRuns(@TempDir Path folder) throws IOException, InterruptedException {
        final Matcher example = EXAMPLE.matcher(text());
        assertTrue(example.find(), "README.md has no ```java");
        final Path source = Files.writeString(folder.resolve("Clicks.java"), example.group(1));
        final Unpacked unpacked = Unpacked.into(Files.createDirectory(folder.resolve("unpacked")));
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
                            "java.base/jdk.internal.misc=ALL-UNNAMED",
                            "-cp",
                            unpacked.home().resolve("lib") + "/*",
                            source.toString(),
                            node.uri("tcp")),
                    Map.of());
            assertEquals(0, ran.status(), ran::output);
            assertEquals(
                    2,
                    ran.output()
                            .lines()
                            .filter(line -> line.endsWith(": 8 bytes"))
                            .count(),
                    ran::output);
        }
    }

    @Test
    void itsLinksLeadSomewhere() throws IOException {
        final List<String> broken = LINK.matcher(text())
                .results()
                .map((MatchResult link) -> link.group(1))
                .filter(path -> !Files.exists(CHECKOUT.resolve(path)))
                .toList();
        assertEquals(List.of(), broken);
    }

    private static String text() throws IOException {
        return Files.readString(CHECKOUT.resolve("README.md"));
    }
}
