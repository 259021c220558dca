package io.kera.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileConsensusLogTest {
    private static final long NOW_MS = 42;

    @TempDir
    Path folder;

    /** Remembers what it was told. */
    private static final class Listening implements ConsensusLog.Follower {
        private final List<String> entries = new ArrayList<>();
        private final List<String> snapshot = new ArrayList<>();

        @Override
        public void onSnapshot(ConsensusLog.SnapshotSource source) {
            source.forEach((frame, at, length) -> snapshot.add(text(frame, at, length)));
        }

        @Override
        public void onCommitted(long index, long timestampMs, DirectBuffer entry, int offset, int length) {
            entries.add(index + ":" + text(entry, offset, length));
        }

        private static String text(DirectBuffer from, int offset, int length) {
            return from.getStringWithoutLengthAscii(offset, length);
        }
    }

    private FileConsensusLog open() {
        return FileConsensusLog.open(folder, () -> NOW_MS);
    }

    private static void offer(ConsensusLog log, String text) {
        final UnsafeBuffer bytes = new UnsafeBuffer(text.getBytes(StandardCharsets.US_ASCII));
        assertTrue(log.offer(bytes, 0, bytes.capacity()) >= 0);
    }

    private Listening reopened() {
        final Listening found = new Listening();
        try (FileConsensusLog log = open()) {
            log.poll(found);
        }
        return found;
    }

    private void write(String... texts) {
        try (FileConsensusLog log = open()) {
            final Listening ignored = new Listening();
            log.poll(ignored);
            for (final String text : texts) {
                offer(log, text);
                log.poll(ignored);
            }
        }
    }

    private Path logFile() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".kml"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void deliversInOrderWhatWasCommittedAlsoAfterARestart() {
        write("a", "bb", "ccc");
        assertEquals(List.of("0:a", "1:bb", "2:ccc"), reopened().entries);
        write("d");
        assertEquals(List.of("0:a", "1:bb", "2:ccc", "3:d"), reopened().entries);
    }

    @Test
    void makesItsFolderForItsUserAlone() throws IOException {
        final Path made = folder.resolve("a/b");
        FileConsensusLog.open(made, () -> NOW_MS).close();
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(made)));
    }

    @Test
    void takesNoOfferBeforeItHasBeenReadBackNorOnceItIsClosed() {
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[3]);
        final FileConsensusLog log = open();
        assertEquals(ConsensusLog.BACK_PRESSURED, log.offer(bytes, 0, 3));
        log.poll(new Listening());
        assertEquals(0, log.offer(bytes, 0, 3));
        log.close();
        assertEquals(ConsensusLog.CLOSED, log.offer(bytes, 0, 3));
        assertEquals(List.of(), reopened().entries);
    }

    @Test
    void pressesBackWhenTooMuchWaits() {
        try (FileConsensusLog log = open()) {
            final UnsafeBuffer large = new UnsafeBuffer(new byte[ConsensusLog.COMMAND_BYTES_MAX]);
            log.poll(new Listening());
            int taken = 0;
            while (log.offer(large, 0, large.capacity()) >= 0) {
                taken++;
            }
            assertEquals(3, taken);
            assertEquals(3, log.poll(new Listening()));
            assertEquals(3, log.offer(large, 0, large.capacity()));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> log.offer(new UnsafeBuffer(new byte[(1 << 20) + 1]), 0, (1 << 20) + 1));
        }
    }

    @Test
    void cutsATornTailAtEveryByteAndReportsIt() throws IOException {
        write("a", "bb", "ccc");
        final Path file = logFile();
        final byte[] whole = Files.readAllBytes(file);
        final int first = EntryLayout.FILE_HEADER_BYTES;
        final int entry = EntryLayout.entryBytes(1);
        assertEquals(first + 3 * entry, whole.length);
        for (int length = first; length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            final Listening found = new Listening();
            try (FileConsensusLog log = open()) {
                log.poll(found);
                assertEquals((length - first) % entry, log.tornBytes());
            }
            assertEquals((length - first) / entry, found.entries.size());
            write("z");
            final List<String> after = reopened().entries;
            assertEquals(found.entries.size() + ":z", after.get(after.size() - 1));
        }
    }

    @Test
    void cutsATailWithAnyByteWrong() throws IOException {
        write("a", "bb", "ccc");
        final Path file = logFile();
        final byte[] whole = Files.readAllBytes(file);
        final int last = whole.length - EntryLayout.entryBytes(3);
        for (int at = last; at < last + EntryLayout.ENTRY_HEADER_BYTES + 3; at++) {
            final byte[] damaged = whole.clone();
            damaged[at] ^= 0x10;
            Files.write(file, damaged);
            assertEquals(List.of("0:a", "1:bb"), reopened().entries);
        }
    }

    @Test
    void refusesToStartOnDamageInTheMiddle() throws IOException {
        write("a", "bb", "ccc");
        final Path file = logFile();
        final byte[] damaged = Files.readAllBytes(file);
        damaged[EntryLayout.FILE_HEADER_BYTES + EntryLayout.ENTRY_HEADER_BYTES] ^= 1;
        Files.write(file, damaged);
        final MetadataDamagedException refused = assertThrows(MetadataDamagedException.class, this::open);
        assertTrue(String.valueOf(refused.getMessage()).contains(file + " position=32"), refused.getMessage());
        assertThrows(MetadataDamagedException.class, this::open);
    }

    @Test
    void cutsABatchWhoseEarlierEntryWasTornAndLaterOneWasNot() throws IOException {
        try (FileConsensusLog log = open()) {
            log.poll(new Listening());
            offer(log, "a");
            log.poll(new Listening());
            offer(log, "b");
            offer(log, "c");
            log.poll(new Listening());
        }
        final Path file = logFile();
        final byte[] torn = Files.readAllBytes(file);
        torn[EntryLayout.FILE_HEADER_BYTES + EntryLayout.entryBytes(1) + EntryLayout.ENTRY_HEADER_BYTES] ^= 1;
        Files.write(file, torn);
        assertEquals(List.of("0:a"), reopened().entries);
    }

    @Test
    void refusesAFileOfAnotherVersion() throws IOException {
        write("a");
        final Path file = logFile();
        final UnsafeBuffer bytes = new UnsafeBuffer(Files.readAllBytes(file));
        bytes.putShort(8, (short) 2);
        final java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes.byteArray(), 4, EntryLayout.FILE_HEADER_BYTES - 4);
        bytes.putInt(0, (int) crc.getValue());
        Files.write(file, bytes.byteArray());
        final MetadataDamagedException refused = assertThrows(MetadataDamagedException.class, this::open);
        assertTrue(String.valueOf(refused.getMessage()).contains("version=2 limit=1"), refused.getMessage());
    }

    @Test
    void startsFromItsSnapshotAndForgetsWhatWasBefore() throws IOException {
        try (FileConsensusLog log = open()) {
            log.poll(new Listening());
            offer(log, "a");
            offer(log, "b");
            assertThrows(IllegalStateException.class, () -> log.snapshot(sink -> {}));
            log.poll(new Listening());
            assertEquals(2, log.entriesSinceSnapshot());
            log.snapshot(sink -> {
                sink.onEvent(new UnsafeBuffer("ab".getBytes(StandardCharsets.US_ASCII)), 0, 2);
                sink.onEvent(new UnsafeBuffer("!".getBytes(StandardCharsets.US_ASCII)), 0, 1);
            });
            assertEquals(0, log.entriesSinceSnapshot());
            offer(log, "c");
            log.poll(new Listening());
        }
        final Listening found = reopened();
        assertEquals(List.of("ab", "!"), found.snapshot);
        assertEquals(List.of("2:c"), found.entries);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(3, files.count(), "lock, log, snapshot");
        }
    }

    @Test
    void survivesACrashBetweenASnapshotAndTheLogBehindIt() throws IOException {
        write("a", "b");
        final Path log = logFile();
        final byte[] before = Files.readAllBytes(log);
        try (FileConsensusLog open = open()) {
            open.poll(new Listening());
            open.snapshot(sink -> sink.onEvent(new UnsafeBuffer(new byte[] {'s'}), 0, 1));
        }
        Files.delete(logFile());
        Files.write(log, before);
        Files.write(folder.resolve("snapshot-00000000000000000009.kms.aside"), before);
        final Listening found = reopened();
        assertEquals(List.of("s"), found.snapshot);
        assertEquals(List.of(), found.entries);
        write("c");
        assertEquals(List.of("2:c"), reopened().entries);
    }

    @Test
    void refusesADamagedSnapshot() throws IOException {
        try (FileConsensusLog open = open()) {
            open.poll(new Listening());
            open.snapshot(sink -> sink.onEvent(new UnsafeBuffer(new byte[] {'s'}), 0, 1));
        }
        final Path file = folder.resolve("snapshot-00000000000000000000.kms");
        final byte[] damaged = Files.readAllBytes(file);
        damaged[damaged.length - 8] ^= 1;
        Files.write(file, damaged);
        assertThrows(MetadataDamagedException.class, this::open);
    }

    @Test
    void refusesASecondOwnerAndNamesTheFirst() {
        try (FileConsensusLog first = open()) {
            final FolderTakenException refused = assertThrows(FolderTakenException.class, this::open);
            assertEquals(ProcessHandle.current().pid(), refused.ownerPid());
            assertEquals(0, first.tornBytes());
        }
        open().close();
    }
}
