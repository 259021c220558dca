package io.kera.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log whose disk is full or fails: it refuses, forgets what it refused, and goes on when it can. */
class UnwritableLogTest {
    private static final int ENTRY_BYTES = EntryLayout.entryBytes(1);

    @TempDir
    Path folder;

    private final FailingDisk disk = new FailingDisk();
    private final Remembering committed = new Remembering();
    private FileConsensusLog log;

    /** What was committed, as one text: also what a snapshot of it says. */
    private static final class Remembering implements ConsensusLog.Follower {
        private final StringBuilder all = new StringBuilder();

        @Override
        public void onSnapshot(ConsensusLog.SnapshotSource source) {
            source.forEach((frame, at, length) -> all.append(frame.getStringWithoutLengthAscii(at, length)));
        }

        @Override
        public void onCommitted(long index, long timestampMs, DirectBuffer entry, int offset, int length) {
            assertEquals(all.length(), index, "one letter each");
            all.append(entry.getStringWithoutLengthAscii(offset, length));
        }

        private void frames(EventSink sink) {
            final byte[] bytes = all.toString().getBytes(StandardCharsets.US_ASCII);
            sink.onEvent(new UnsafeBuffer(bytes), 0, bytes.length);
        }
    }

    @BeforeEach
    void openIt() {
        log = FileConsensusLog.open(folder, () -> 42, disk);
        log.poll(committed);
    }

    @AfterEach
    void closeIt() {
        log.close();
    }

    private long offer(char letter) {
        return log.offer(new UnsafeBuffer(new byte[] {(byte) letter}), 0, 1);
    }

    private void commit(char letter) {
        assertTrue(offer(letter) >= 0);
        assertEquals(1, log.poll(committed));
    }

    private LogUnwritableException refuse(char letter) {
        assertTrue(offer(letter) >= 0);
        final LogUnwritableException refused = assertThrows(LogUnwritableException.class, () -> log.poll(committed));
        assertFalse(log.isLeader());
        assertEquals(ConsensusLog.BACK_PRESSURED, offer('-'));
        assertEquals(0, log.poll(committed), "it says so once");
        return refused;
    }

    private boolean mend() {
        return log.mend(committed::frames);
    }

    private String afterARestart() {
        log.close();
        final Remembering found = new Remembering();
        try (FileConsensusLog again = FileConsensusLog.open(folder, () -> 42)) {
            again.poll(found);
        }
        return found.all.toString();
    }

    private List<String> files(String suffix) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return new ArrayList<>(all.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .sorted()
                    .toList());
        }
    }

    @Test
    void goesOnWhenThereIsRoomAgainWhereverTheDiskWasFull() {
        StringBuilder expected = new StringBuilder();
        for (int room = 0; room < ENTRY_BYTES; room++) {
            commit('a');
            disk.roomBytes = room;
            final LogUnwritableException refused = refuse('b');
            assertTrue(refused.isFull(), refused.getMessage());
            assertTrue(String.valueOf(refused.getMessage()).contains(folder.toString()), refused.getMessage());
            assertFalse(mend(), "there is no room yet");
            disk.roomBytes = Long.MAX_VALUE;
            assertTrue(mend());
            assertTrue(log.isLeader());
            commit('c');
            expected.append("ac");
            assertEquals(expected.toString(), committed.all.toString());
        }
        assertEquals(expected.toString(), afterARestart());
    }

    @Test
    void takesNothingOfWhatItRefusedAfterACrashInBetween() {
        commit('a');
        for (int room = 0; room < 2 * ENTRY_BYTES; room += 8) {
            disk.roomBytes = room;
            assertTrue(offer('b') >= 0);
            refuse('c');
            disk.roomBytes = Long.MAX_VALUE;
            assertEquals("a", afterARestart(), "room=" + room);
            log = FileConsensusLog.open(folder, () -> 42, disk);
            log.poll(new Remembering());
        }
    }

    @Test
    void neverSyncsTheSameFileAgainAfterASyncThatFailed() throws IOException {
        commit('a');
        final List<String> before = files(".kml");
        disk.syncFailsFor = ".kml";
        assertFalse(refuse('b').isFull());
        disk.syncFailsFor = "";
        assertTrue(mend());
        commit('c');
        final List<String> after = files(".kml");
        assertEquals(1, after.size());
        assertFalse(before.contains(after.get(0)), "another file has what was proven");
        assertEquals("ac", afterARestart());
    }

    @Test
    void leavesBehindWhatItCouldNotCutOff() {
        commit('a');
        disk.syncFailsFor = ".kml";
        disk.truncateFails = true;
        refuse('b');
        disk.syncFailsFor = "";
        assertTrue(mend());
        commit('c');
        assertEquals("ac", afterARestart());
    }

    @Test
    void goesOnWithoutASnapshotThatDoesNotFitAndGivesItsRoomBack() throws IOException {
        commit('a');
        disk.roomBytes = EntryLayout.FILE_HEADER_BYTES + 3;
        assertFalse(log.snapshot(committed::frames));
        assertEquals(List.of(), files(".aside"));
        assertEquals(List.of(), files(".kms"));
        disk.roomBytes = ENTRY_BYTES;
        commit('b');
        disk.roomBytes = Long.MAX_VALUE;
        assertTrue(log.snapshot(committed::frames));
        commit('c');
        assertEquals("abc", afterARestart());
    }

    @Test
    void takesNothingBehindASnapshotWhoseLogCouldNotBeBegun() {
        commit('a');
        disk.syncFailsFor = ".kml.aside";
        assertThrows(LogUnwritableException.class, () -> log.snapshot(committed::frames));
        assertFalse(log.isLeader());
        assertFalse(mend());
        disk.syncFailsFor = "";
        assertTrue(mend());
        commit('b');
        assertEquals("ab", afterARestart());
    }

    @Test
    void startsWithTheSnapshotWhoseLogCouldNotBeBegun() {
        commit('a');
        disk.syncFailsFor = ".kml.aside";
        assertThrows(LogUnwritableException.class, () -> log.snapshot(committed::frames));
        assertEquals("a", afterARestart());
        log = FileConsensusLog.open(folder, () -> 42, new FailingDisk());
        log.poll(new Remembering());
        committed.all.setLength(1);
        commit('b');
        assertEquals("ab", afterARestart());
    }

    @Test
    void namesItsFolderWhenItCannotEvenBegin() {
        final Path other = folder.resolve("other");
        disk.roomBytes = 3;
        final LogUnwritableException refused =
                assertThrows(LogUnwritableException.class, () -> FileConsensusLog.open(other, () -> 42, disk));
        assertTrue(refused.isFull());
        assertEquals(other.toString(), refused.folder());
        disk.roomBytes = Long.MAX_VALUE;
        FileConsensusLog.open(other, () -> 42, disk).close();
    }
}
