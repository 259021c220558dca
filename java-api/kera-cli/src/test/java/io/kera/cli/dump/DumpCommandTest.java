package io.kera.cli.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandNode;
import io.kera.cli.testing.CommandRun;
import io.kera.cli.testing.JsonText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that a real node wrote, as they are and with any byte of them wrong. */
class DumpCommandTest {
    private static final int ROUNDS = 10;
    private static final int ROUND_RECORDS = 24;
    private static final int SEED = 4711;
    private static final int POSITION_AT = 16;
    private static final int JOURNAL_HEADER_BYTES = 64;
    private static final int ENTRY_HEADER_BYTES = 32;

    @TempDir
    static Path written;

    @TempDir
    Path folder;

    private Path data = Path.of("");

    /** Each round is acknowledged at disk, so the journal proves that the rounds before it were stable. */
    @BeforeAll
    static void write() {
        try (CommandNode node = CommandNode.start(written)) {
            node.run("stream", "create", "dumped", "--segment-bytes=64k", "--group-segments=2")
                    .expect(ExitCode.OK);
            for (int round = 0; round < ROUNDS; round++) {
                node.runWith(
                                ("round " + round + " " + "x".repeat(1000) + "\n").repeat(ROUND_RECORDS),
                                "produce",
                                "dumped",
                                "--key=k",
                                "--header=h=1",
                                "--acks=disk")
                        .expect(ExitCode.OK);
            }
        }
    }

    @BeforeEach
    void copy() throws IOException {
        data = folder.resolve("data");
        try (Stream<Path> all = Files.walk(written.resolve("data"))) {
            for (final Path from : all.toList()) {
                Files.copy(
                        from,
                        data.resolve(written.resolve("data").relativize(from).toString()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static CommandRun dump(Path path, String... flags) {
        final List<String> line = new ArrayList<>(List.of("dump", path.toString()));
        line.addAll(List.of(flags));
        return CommandRun.of(line.toArray(String[]::new));
    }

    private List<Path> files(String ending) throws IOException {
        try (Stream<Path> all = Files.walk(data)) {
            return all.filter(path -> path.toString().endsWith(ending)).sorted().toList();
        }
    }

    private Path journal() {
        return data.resolve("journal/0");
    }

    private static boolean isClosed(Path segment) {
        return Boolean.TRUE.equals(
                JsonText.object(dump(segment, "--json").json().get(0), "facts").get("closed"));
    }

    private Path closedSegment() throws IOException {
        return files(".seg").stream()
                .filter(DumpCommandTest::isClosed)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void findsNothingWrongWithWhatANodeWrote() throws IOException {
        final CommandRun run = dump(data).expect(ExitCode.OK);
        assertTrue(run.out().contains("stream 1 \"dumped\""), run.out());
        assertTrue(run.err().contains("damaged: 0"), run.err());
        final List<Map<String, Object>> lines =
                dump(data, "--json").expect(ExitCode.OK).json();
        final List<Map<String, Object>> things =
                lines.stream().filter(line -> line.containsKey("kind")).toList();
        assertTrue(things.stream().allMatch(line -> Boolean.TRUE.equals(line.get("ok"))), lines::toString);
        assertEquals(
                Set.of("segment", "journal", "journal file", "stream file", "metadata", "metadata log"),
                things.stream().map(line -> line.get("kind")).collect(Collectors.toSet()));
        assertTrue(run.out().contains("CreateStream: "), run.out());
        assertTrue(files(".seg").size() > 1);
        assertEquals("", dump(data, "--damaged").expect(ExitCode.OK).out());
    }

    @Test
    void showsEveryRecordOnceInTheJournalAndItsChunks() throws IOException {
        final List<Map<String, Object>> records =
                dump(journal(), "--records", "--json").expect(ExitCode.OK).json().stream()
                        .filter(line -> line.containsKey("offset"))
                        .toList();
        assertEquals(ROUND_RECORDS * ROUNDS, records.size());
        for (int at = 0; at < records.size(); at++) {
            assertEquals((long) at, records.get(at).get("offset"));
            assertEquals("k", records.get(at).get("key"));
            assertEquals(
                    "round " + at / ROUND_RECORDS + " " + "x".repeat(1000),
                    records.get(at).get("value"));
        }
        final String text = dump(closedSegment(), "--chunks", "--records")
                .expect(ExitCode.OK)
                .out();
        assertTrue(text.contains("chunk at 128, "), text);
        assertTrue(text.contains("offset 0, key \"k\", value \"round 0 xxx"), text);
    }

    @Test
    void findsAnyByteThatIsWrongInAClosedSegment() throws IOException {
        final Path segment = closedSegment();
        final byte[] good = Files.readAllBytes(segment);
        final Random random = new Random(SEED);
        for (int round = 0; round < 150; round++) {
            final byte[] bad = good.clone();
            // Header, first chunk's header and footer have the most to get wrong.
            final int at = round < 64
                    ? round * 4
                    : round < 80 ? bad.length - 1 - (round - 64) * 2 : random.nextInt(bad.length);
            bad[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(segment, bad);
            final CommandRun run = dump(segment);
            assertEquals(
                    ExitCode.DAMAGED, run.status(), "byte " + at + " of " + good.length + " is wrong\n" + run.out());
            assertTrue(run.out().startsWith("BAD"), run.out());
        }
    }

    @Test
    void findsSegmentsThatAreCutShort() throws IOException {
        final Path segment = closedSegment();
        final byte[] good = Files.readAllBytes(segment);
        for (final int length : new int[] {0, 1, 4, 127, 128, 129, 200, 256, good.length / 2, good.length - 1}) {
            Files.write(segment, Arrays.copyOf(good, length));
            dump(segment).expect(ExitCode.DAMAGED);
        }
    }

    @Test
    void saysWhichChunkIsLostAndGoesOnBehindIt() throws IOException {
        final Path segment = closedSegment();
        final byte[] bad = Files.readAllBytes(segment);
        bad[128 + 300] ^= 1;
        Files.write(segment, bad);
        final Map<String, Object> line =
                dump(segment, "--json").expect(ExitCode.DAMAGED).json().get(0);
        final Map<String, Object> problem = JsonText.objects(line, "problems").get(0);
        assertEquals(128L, problem.get("at"));
        assertTrue(String.valueOf(problem.get("what")).startsWith("client_crc32c stored="), problem::toString);
        assertTrue(!Long.valueOf(0).equals(JsonText.object(line, "facts").get("chunks")), line::toString);
    }

    @Test
    void noticesASegmentUnderAnotherOnesName() throws IOException {
        final Path segment = closedSegment();
        final Path other = segment.resolveSibling("0-77-0.seg");
        Files.copy(segment, other);
        assertTrue(dump(other).expect(ExitCode.DAMAGED).out().contains("header_place="));
        final Path elsewhere = Files.copy(segment, folder.resolve("0-77-0.seg"));
        dump(elsewhere).expect(ExitCode.OK);
    }

    @Test
    void tellsRotInAJournalFromATornTail() throws IOException {
        final Path journal = files(".journal").get(0);
        final byte[] good = Files.readAllBytes(journal);
        final List<Integer> entries = entries(good);
        final byte[] rotten = good.clone();
        rotten[entries.get(1) + ENTRY_HEADER_BYTES + 200] ^= 1;
        Files.write(journal, rotten);
        final String text = dump(journal()).expect(ExitCode.DAMAGED).out();
        assertTrue(text.contains("client_crc32c stored="), text);

        final byte[] torn = good.clone();
        torn[entries.get(entries.size() - 1) + ENTRY_HEADER_BYTES - 1] ^= 1;
        Files.write(journal, torn);
        final CommandRun run = dump(journal()).expect(ExitCode.OK);
        assertTrue(run.out().contains("; torn at "), run.out());
    }

    @Test
    void believesNothingOfAJournalThatDoesNotVerify() throws IOException {
        final Path journal = files(".journal").get(0);
        final byte[] good = Files.readAllBytes(journal);
        final List<Integer> entries = entries(good);
        final int used = entries.get(entries.size() - 1) + ENTRY_HEADER_BYTES;
        final Random random = new Random(SEED);
        for (int round = 0; round < 60; round++) {
            final byte[] bad = good.clone();
            final int at = round < 16 ? round * 4 : random.nextInt(used);
            bad[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(journal, bad);
            final CommandRun run = dump(journal(), "--json", "--records");
            assertTrue(run.status() == ExitCode.OK || run.status() == ExitCode.DAMAGED, run.err());
            final boolean told = run.status() == ExitCode.DAMAGED || run.out().contains("\"torn\":true");
            assertTrue(told, "byte " + at + " of " + used + " is wrong");
        }
        for (final int length : new int[] {0, 1, 63, 64, 70, 100, used / 2}) {
            Files.write(journal, Arrays.copyOf(good, length));
            final int status = dump(journal()).status();
            assertTrue(status == ExitCode.OK || status == ExitCode.DAMAGED, "length=" + length);
        }
    }

    /** Where the journal's entries begin: their positions follow each other from the first one on. */
    private static List<Integer> entries(byte[] file) {
        final java.nio.ByteBuffer bytes = java.nio.ByteBuffer.wrap(file).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        final List<Integer> found = new ArrayList<>();
        int at = JOURNAL_HEADER_BYTES;
        while (at + ENTRY_HEADER_BYTES <= file.length
                && bytes.getInt(at) != 0
                && bytes.getLong(at + POSITION_AT) == at - JOURNAL_HEADER_BYTES) {
            found.add(at);
            at += ENTRY_HEADER_BYTES + bytes.getInt(at + 12);
        }
        return found;
    }

    @Test
    void showsHowOftenANodeMayHaveLostSomething() throws IOException {
        final String run = dump(files("run.kera").get(0)).expect(ExitCode.OK).out();
        assertTrue(run.contains("restarts 1, stopped"), run);
        final String stream =
                dump(files("stream.kera").get(0)).expect(ExitCode.OK).out();
        assertTrue(stream.contains("restarts 1"), stream);
    }

    @Test
    void findsWhatIsWrongWithAStreamFile() throws IOException {
        final Path stream = files("stream.kera").get(0);
        final byte[] good = Files.readAllBytes(stream);
        for (int at = 0; at < good.length; at++) {
            final byte[] bad = good.clone();
            bad[at] ^= 1;
            Files.write(stream, bad);
            assertTrue(dump(stream).expect(ExitCode.DAMAGED).out().contains("file_crc32c stored="));
        }
        Files.write(stream, Arrays.copyOf(good, 9));
        dump(stream).expect(ExitCode.DAMAGED);
    }

    @Test
    void saysWhatItCannotRead() throws IOException {
        assertTrue(dump(folder.resolve("none")).expect(ExitCode.NOT_FOUND).err().contains("there is no such file"));
        final Path empty = Files.createDirectory(folder.resolve("empty"));
        assertTrue(dump(empty).expect(ExitCode.NOT_FOUND).err().contains("there are no segments"));
        final Path other = Files.writeString(folder.resolve("notes.txt"), "hello");
        assertTrue(dump(other).expect(ExitCode.MISUSED).err().contains("limit=*.seg|*.journal"));
        assertTrue(CommandRun.of("dump").expect(ExitCode.MISUSED).err().contains("PATH"));
    }
}
