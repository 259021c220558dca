package io.kera.cli.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import io.kera.cli.testing.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Journals that the core's own fuzz target begins with, judged as the core judges them. */
class DumpCorpusTest {
    private static final Path CORPUS = Path.of("../../native/fuzz/corpus/journal_fuzz");
    private static final int SEED = 99;

    @TempDir
    Path folder;

    /** Its first two bytes say how long the first of two files is, in units of 16. */
    private CommandRun dump(byte[] input) throws IOException {
        final int first = Math.min(input.length, 2 + 16 * ((input[0] & 0xFF) | (input[1] & 0xFF) << 8));
        Files.write(folder.resolve("0.journal"), Arrays.copyOfRange(input, 2, first));
        Files.write(folder.resolve("1.journal"), Arrays.copyOfRange(input, first, input.length));
        return CommandRun.of("dump", folder.toString(), "--json", "--chunks");
    }

    private static Map<String, Object> journal(CommandRun run) {
        return run.json().stream()
                .filter(line -> "journal".equals(line.get("kind")))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "blank_entry, 0, 848, 2, false, 0, 0",
        "file_missing, 752, 1840, 3, false, 0, 0",
        "file_missing_needed, 0, 1824, 3, false, 1, 0",
        "freed_out_of_order, 0, 808, 2, false, 1, 0",
        "leftover_behind_header, 752, 1184, 1, false, 0, 0",
        "one_file, 0, 752, 2, false, 0, 0",
        "record_like_an_entry, 0, 792, 1, false, 1, 0",
        "rotten_header, 0, 1824, 5, false, 0, 1",
        "rotten_header_freed, 752, 1840, 3, false, 0, 0",
        "rotten_middle, 0, 1824, 4, false, 1, 0",
        "rotten_middle_freed, 752, 1840, 3, false, 0, 0",
        "straddling_files, 0, 776, 2, false, 1, 0",
        "torn_file_repeated, 0, 752, 2, false, 0, 0",
        "torn_tail, 0, 376, 1, true, 0, 0",
        "two_files, 752, 1840, 3, false, 0, 0",
        "two_files_needed, 0, 1824, 5, false, 0, 0",
        "unread_file, 0, 752, 2, false, 0, 1",
        "unread_file_blank_header, 0, 752, 2, false, 0, 0",
    })
    void judgesAsTheCoreDoes(String name, long freed, long end, long chunks, boolean torn, int problems, int badFiles)
            throws IOException {
        final CommandRun run = dump(Files.readAllBytes(CORPUS.resolve(name)));
        run.expect(problems + badFiles == 0 ? ExitCode.OK : ExitCode.DAMAGED);
        final Map<String, Object> facts = JsonText.object(journal(run), "facts");
        assertEquals(freed, facts.get("freedPositions"));
        assertEquals(end, facts.get("endPosition"));
        assertEquals(chunks, facts.get("chunks"));
        assertEquals(torn, facts.get("torn"));
        assertEquals(problems, JsonText.objects(journal(run), "problems").size());
        final long bad = run.json().stream()
                .filter(line -> "journal file".equals(line.get("kind")))
                .filter(line -> Boolean.FALSE.equals(line.get("ok")))
                .count();
        assertEquals(badFiles, bad);
    }

    @Test
    void endsWhateverTheBytes() throws IOException {
        final byte[] good = Files.readAllBytes(CORPUS.resolve("two_files"));
        final Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            final byte[] bad = Arrays.copyOf(good, round % 4 == 0 ? 2 + random.nextInt(good.length - 2) : good.length);
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            final int status = dump(bad).status();
            assertTrue(status == ExitCode.OK || status == ExitCode.DAMAGED, "round=" + round + " seed=" + SEED);
        }
    }
}
