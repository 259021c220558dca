package io.kera.cli.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandNode;
import io.kera.cli.testing.CommandRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chunks that a producer has compressed. */
class DumpCompressedTest {
    private static final int LINES = 200;
    private static final String LINE = "the same line again";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"lz4", "zstd"})
    void showsTheirCodecAndTheirRecords(String codec) {
        try (CommandNode node = CommandNode.start(folder)) {
            node.run("stream", "create", "compressed").expect(ExitCode.OK);
            node.runWith(
                            (LINE + "\n").repeat(LINES),
                            "produce",
                            "compressed",
                            "--key=k",
                            "--compression=" + codec,
                            "--acks=disk")
                    .expect(ExitCode.OK);
        }
        final String journal = folder.resolve("data/journal/0").toString();
        final List<Map<String, Object>> lines = CommandRun.of("dump", journal, "--chunks", "--records", "--json")
                .expect(ExitCode.OK)
                .json();
        final List<Map<String, Object>> chunks =
                lines.stream().filter(line -> line.containsKey("codec")).toList();
        // A record that is alone may not get shorter.
        assertTrue(chunks.stream().anyMatch(chunk -> codec.equals(chunk.get("codec"))), chunks::toString);
        for (final Map<String, Object> chunk : chunks) {
            final boolean isPlain = "plain".equals(chunk.get("codec"));
            assertEquals(isPlain, Long.valueOf(0).equals(chunk.get("plainBytes")), chunk::toString);
        }
        final List<Map<String, Object>> records =
                lines.stream().filter(line -> line.containsKey("value")).toList();
        assertEquals(LINES, records.size());
        for (int at = 0; at < LINES; at++) {
            assertEquals((long) at, records.get(at).get("offset"));
            assertEquals(LINE, records.get(at).get("value"));
            assertEquals("k", records.get(at).get("key"));
        }
        final String text =
                CommandRun.of("dump", journal, "--records").expect(ExitCode.OK).out();
        assertTrue(text.contains(codec.toUpperCase(java.util.Locale.ROOT) + " of "), text);
    }
}
