package io.kera.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.CommandFailure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
    private static final int LINE_MAX = 1 << 20;

    /** A stream that gives at most so much at once, as pipes do. */
    private static InputStream drops(String text, int most) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] bytes, int from, int length) {
                return super.read(bytes, from, Math.min(length, most));
            }
        };
    }

    private static List<String> lines(InputStream in) throws IOException {
        final LineReader reader = new LineReader(in, LINE_MAX);
        final List<String> lines = new ArrayList<>();
        while (reader.next()) {
            lines.add(new String(reader.bytes(), reader.start(), reader.length(), StandardCharsets.UTF_8));
            assertEquals(lines.size(), reader.lineNumber());
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 100_000})
    void findsLinesHoweverTheyArrive(int most) throws IOException {
        assertEquals(List.of("a", "", "bc", "d"), lines(drops("a\n\nbc\nd", most)));
        assertEquals(List.of("a"), lines(drops("a\n", most)));
        assertEquals(List.of(""), lines(drops("\n", most)));
        assertEquals(List.of(), lines(drops("", most)));
    }

    @Test
    void findsLinesOfAnyLength() throws IOException {
        final Random random = new Random(7);
        final List<String> expected = new ArrayList<>();
        for (int line = 0; line < 200; line++) {
            expected.add("x".repeat(random.nextInt(line % 20 == 0 ? LINE_MAX : 5_000)));
        }
        assertEquals(expected, lines(drops(String.join("\n", expected) + "\n", 50_000)));
    }

    @Test
    void refusesALineThatIsTooLongAndNamesIt() throws IOException {
        final LineReader reader = new LineReader(drops("a\n" + "x".repeat(3 * LINE_MAX), 100_000), LINE_MAX);
        assertTrue(reader.next());
        final CommandFailure refused = assertThrows(CommandFailure.class, reader::next);
        assertTrue(String.valueOf(refused.getMessage()).startsWith("line=2 bytes>" + LINE_MAX), refused.getMessage());
    }
}
