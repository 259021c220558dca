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
import java.util.stream.LongStream;
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

    private Path stream() {
        return data.resolve("streams/1");
    }

    private static Map<String, Object> thing(CommandRun run, String kind) {
        return run.json().stream()
                .filter(line -> kind.equals(line.get("kind")))
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
                Set.of("streamlet", "journal", "journal file", "stream file", "metadata", "metadata log"),
                things.stream().map(line -> line.get("kind")).collect(Collectors.toSet()));
        assertTrue(run.out().contains("CreateStream: "), run.out());
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
    }

    @Test
    void showsTheChunksOfOneStreamInItsFolder() throws IOException {
        final Path streamlet = Files.createDirectories(stream().resolve("0"));
        for (final Path path : List.of(stream(), streamlet, data.resolve("streams"))) {
            final CommandRun run = dump(path, "--records", "--json").expect(ExitCode.OK);
            final List<Object> offsets = run.json().stream()
                    .filter(line -> line.containsKey("value"))
                    .map(line -> line.get("offset"))
                    .toList();
            assertEquals(
                    LongStream.range(0, (long) ROUND_RECORDS * ROUNDS).boxed().toList(), offsets);
            final Map<String, Object> facts = JsonText.object(thing(run, "streamlet"), "facts");
            assertEquals((long) ROUND_RECORDS * ROUNDS, facts.get("records"));
            assertEquals(0L, facts.get("copies"));
            assertTrue(!Long.valueOf(1).equals(facts.get("segments")), facts::toString);
        }
        final String text =
                dump(stream(), "--chunks", "--records").expect(ExitCode.OK).out();
        assertTrue(text.contains("chunk at 96, "), text);
        assertTrue(text.contains("offset 0, key \"k\", value \"round 0 xxx"), text);
        assertTrue(!text.contains("journal file"), text);
    }

    @Test
    void countsAChunkOnceThatIsInSeveralFiles() throws IOException {
        final Path other = Files.createDirectories(data.resolve("journal/7")).resolve("0.journal");
        Files.copy(files(".journal").get(0), other);
        final Map<String, Object> facts =
                JsonText.object(thing(dump(stream(), "--json").expect(ExitCode.OK), "streamlet"), "facts");
        assertEquals((long) ROUND_RECORDS * ROUNDS, facts.get("records"));
        assertEquals(facts.get("chunks"), facts.get("copies"));

        final byte[] rotten = Files.readAllBytes(other);
        rotten[entries(rotten).get(1) + ENTRY_HEADER_BYTES + 200] ^= 1;
        Files.write(other, rotten);
        final CommandRun run = dump(data, "--json").expect(ExitCode.DAMAGED);
        assertEquals(
                (long) ROUND_RECORDS * ROUNDS,
                JsonText.object(thing(run, "streamlet"), "facts").get("records"));
        assertEquals(List.of(), JsonText.objects(thing(run, "streamlet"), "problems"));
    }

    @Test
    void saysWhatIsMissingOfAStreamlet() throws IOException {
        final Path journal = files(".journal").get(0);
        final byte[] rotten = Files.readAllBytes(journal);
        rotten[entries(rotten).get(1) + ENTRY_HEADER_BYTES + 200] ^= 1;
        Files.write(journal, rotten);
        final Map<String, Object> line = thing(dump(stream(), "--json").expect(ExitCode.DAMAGED), "streamlet");
        final Map<String, Object> problem = JsonText.objects(line, "problems").get(0);
        final String what = String.valueOf(problem.get("what"));
        assertTrue(what.startsWith("lane=0 group=0 segment=0 segment_bytes_missing="), what);
        assertTrue(!Long.valueOf(0).equals(problem.get("at")), problem::toString);
    }

    @Test
    void saysWhichStreamsAStartSetsAside() throws IOException {
        Files.delete(stream().resolve("stream.kera"));
        dump(data).expect(ExitCode.OK);
        Files.delete(data.resolve("catalog/1.kera"));
        final String text = dump(data).expect(ExitCode.DAMAGED).out();
        assertTrue(text.contains("stream_file_missing=1"), text);
        Files.createFile(data.resolve("catalog/1.deleted"));
        assertTrue(dump(data).expect(ExitCode.OK).out().contains("stream 1, deleted"));
    }

    @Test
    void refusesFilesOfOlderVersionsInOneLine() throws IOException {
        final Path segment =
                Files.createFile(Files.createDirectories(stream().resolve("0")).resolve("0-0-0.seg"));
        for (final Path path : List.of(data, stream(), segment)) {
            expectRefused(path, segment);
        }
        Files.delete(segment);
        final byte[] journal = Files.readAllBytes(Path.of("../../native/fuzz/corpus/journal_fuzz/older_version"));
        final Path written = Files.write(data.resolve("journal/0/9.journal"), Arrays.copyOfRange(journal, 2, 1026));
        for (final Path path : List.of(data, stream(), journal(), written)) {
            expectRefused(path, written);
        }
    }

    private static void expectRefused(Path path, Path why) {
        final CommandRun run = dump(path).expect(ExitCode.FAILED);
        assertEquals("", run.out());
        assertEquals(1, run.err().lines().count(), run.err());
        assertTrue(run.err().contains("file=" + why), run.err());
        assertTrue(run.err().contains("`kera export`"), run.err());
        assertTrue(run.err().contains("`kera import`"), run.err());
    }

    @Test
    void showsAFileThatAStartHasSetAside() throws IOException {
        final byte[] noise = new byte[4096];
        new Random(SEED).nextBytes(noise);
        final Path unread = Files.write(journal().resolve("77.journal"), noise);
        final String text = dump(data).expect(ExitCode.DAMAGED).out();
        assertTrue(text.contains("journal_header_crc32c stored="), text);
        Files.move(unread, journal().resolve("77.journal.set_aside"));
        assertTrue(dump(data).expect(ExitCode.DAMAGED).out().contains("nothing says what the file holds"));
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
        assertTrue(dump(empty).expect(ExitCode.NOT_FOUND).err().contains("there are no journals"));
        final Path other = Files.writeString(folder.resolve("notes.txt"), "hello");
        assertTrue(dump(other).expect(ExitCode.MISUSED).err().contains("limit=*.journal"));
        assertTrue(CommandRun.of("dump").expect(ExitCode.MISUSED).err().contains("PATH"));
    }
}
