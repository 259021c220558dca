package io.kera.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.wire.StreamDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a start concludes of files, and what somebody who only looks concludes. */
class MetadataFileTest {
    private static final long NOW_MS = 42;

    @TempDir
    Path folder;

    /** Five commands, of which the first three are in a snapshot; each was synced before the next. */
    @BeforeEach
    void write() {
        try (Coordinator coordinator = open(3)) {
            coordinator.doWork();
            for (int at = 0; at < 5; at++) {
                final String name = "stream-" + at;
                assertTrue(coordinator.submit(commands ->
                        commands.createStream(1, MetadataCommands.ANY_STREAM, 1, StreamDefinition.named(name))));
                coordinator.doWork();
            }
        }
    }

    private Coordinator open(long entriesTillSnapshot) {
        return new Coordinator(
                FileConsensusLog.open(folder, () -> NOW_MS), (frame, offset, length) -> {}, entriesTillSnapshot);
    }

    private Path file(String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Whether a start takes the folder, and how much it cuts; -1: it is refused. */
    private long start() {
        try (FileConsensusLog log = FileConsensusLog.open(folder, () -> NOW_MS);
                Coordinator coordinator = new Coordinator(log, (frame, offset, length) -> {})) {
            coordinator.doWork();
            return log.tornBytes();
        } catch (MetadataDamagedException e) {
            return -1;
        }
    }

    @Test
    void showsEntriesWithoutTakingTheFolder() throws IOException {
        final Path log = file(".kml");
        final List<String> seen = new ArrayList<>();
        try (Coordinator owner = open(100)) {
            owner.doWork();
            final MetadataFile read = MetadataFile.read(log);
            assertNull(read.damage());
            assertEquals(3, read.index());
            assertEquals(2, read.entries());
            read.forEach((int position, long index, long timestampMs, DirectBuffer frame, int offset, int length) ->
                    seen.add(index + "@" + timestampMs + "+" + (offset - position)));
        }
        assertEquals(List.of("3@42+32", "4@42+32"), seen);
    }

    @ParameterizedTest
    @ValueSource(strings = {".kml", ".kms"})
    void concludesOfAnyWrongByteWhatAStartConcludes(String ending) throws IOException {
        final Path file = file(ending);
        final byte[] good = Files.readAllBytes(file);
        for (int at = 0; at < good.length; at++) {
            final byte[] bad = good.clone();
            bad[at] ^= 4;
            judgeAsAStart(file, bad, "byte=" + at);
        }
        for (int length = 0; length < good.length; length += 5) {
            judgeAsAStart(file, Arrays.copyOf(good, length), "length=" + length);
        }
    }

    private void judgeAsAStart(Path file, byte[] bytes, String what) throws IOException {
        Files.write(file, bytes);
        final MetadataFile read = MetadataFile.read(file);
        final long cut = start();
        assertEquals(cut < 0, read.damage() != null, what);
        if (read.damage() == null && !read.isSnapshot()) {
            assertEquals(cut, read.bytesBehind(), what);
        }
    }

    @Test
    void knowsWhichFilesAStartReads() throws IOException {
        final MetadataFolder good = MetadataFolder.read(folder);
        assertNull(good.damage());
        assertEquals(3, good.firstIndex());
        assertEquals(file(".kms"), good.snapshot());
        assertEquals(file(".kml"), good.log());
        Files.copy(file(".kml"), folder.resolve("log-00000000000000000001.kml"));
        assertNull(MetadataFolder.read(folder).damage());
        Files.copy(file(".kms"), folder.resolve("log-00000000000000000009.kml"));
        assertNotNull(MetadataFolder.read(folder).damage());
        assertEquals(-1, start());
    }

    @Test
    void missesASnapshotThatIsGone() throws IOException {
        Files.delete(file(".kms"));
        assertNotNull(MetadataFolder.read(folder).damage());
        assertEquals(-1, start());
    }

    @Test
    void refusesANumberThatIsNone() throws IOException {
        final Path file = Files.copy(file(".kml"), folder.resolve("log-99999999999999999999.kml"));
        assertNotNull(MetadataFile.read(file).damage());
        assertNotNull(MetadataFolder.read(folder).damage());
    }
}
