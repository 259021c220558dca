package io.kera.cli.dump;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import io.kera.cli.testing.JsonText;
import io.kera.coordinator.ConsensusLog;
import io.kera.coordinator.Coordinator;
import io.kera.coordinator.FileConsensusLog;
import io.kera.coordinator.MetadataCommands;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a metadata folder, as they are and damaged. */
class DumpMetadataTest {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final int COMMANDS = 8;
    private static final int HEADER_BYTES = 32;
    private static final List<ToIntFunction<MetadataCommands>> HISTORY = List.of(
            commands -> commands.foundCluster(1, new UUID(1, 2)),
            commands -> commands.registerNode(2, 1, "here"),
            commands -> commands.createStream(
                    3, MetadataCommands.ANY_STREAM, 1, new StreamDefinition(3, 2, 3, 1, 65_536, 4, 1000, -1, "orders")),
            commands -> commands.alterStream(
                    4,
                    1,
                    new StreamAlteration(
                            StreamAlteration.STREAMLETS_UNCHANGED,
                            5,
                            StreamAlteration.ACK_UNCHANGED,
                            StreamAlteration.RETENTION_UNCHANGED,
                            StreamAlteration.RETENTION_UNCHANGED)),
            commands -> commands.moveLeadership(5, 1, 2, 1),
            commands -> commands.reserveProducerIds(6, 0, 1000),
            commands -> commands.deleteStream(7, 1),
            commands -> commands.forgetStream(8, 1));

    @TempDir
    Path folder;

    private Path log = Path.of("");

    /** Each command was synced before the next. */
    @BeforeEach
    void write() {
        commit(Long.MAX_VALUE, COMMANDS);
        log = folder.resolve("log-00000000000000000000.kml");
    }

    private void commit(long entriesTillSnapshot, int commands) {
        try (Coordinator coordinator = new Coordinator(
                FileConsensusLog.open(folder, () -> NOW_MS), (frame, offset, length) -> {}, entriesTillSnapshot)) {
            coordinator.doWork();
            for (final ToIntFunction<MetadataCommands> command : HISTORY.subList(0, commands)) {
                assertTrue(coordinator.submit(command));
                coordinator.doWork();
            }
        }
    }

    /** Instead of the log: a snapshot of the first commands, and a log behind it. */
    private Path snapshot(int commands) throws IOException {
        Files.delete(log);
        commit(commands, commands);
        return folder.resolve(String.format("snapshot-%020d.kms", commands));
    }

    private static CommandRun dump(Path path, String... flags) {
        final String[] line = new String[flags.length + 2];
        line[0] = "dump";
        line[1] = path.toString();
        System.arraycopy(flags, 0, line, 2, flags.length);
        return CommandRun.of(line);
    }

    private static List<Map<String, Object>> entries(CommandRun run) {
        return run.json().stream().filter(line -> line.containsKey("entry")).toList();
    }

    private static Map<String, Object> problem(CommandRun run) {
        final List<Map<String, Object>> problems = JsonText.objects(run.json().get(0), "problems");
        assertEquals(1, problems.size(), run::out);
        return problems.get(0);
    }

    private static int lastEntry(byte[] file) {
        final UnsafeBuffer bytes = new UnsafeBuffer(file);
        int last = HEADER_BYTES;
        for (int at = HEADER_BYTES; at < file.length; at += (HEADER_BYTES + bytes.getInt(at + 4) + 7) & -8) {
            last = at;
        }
        return last;
    }

    @Test
    void showsCommandsWithTheirFields() {
        final String text = dump(log).expect(ExitCode.OK).out();
        assertTrue(text.startsWith("ok   " + log + "  metadata log: from index 0; 8 entries\n"), text);
        final String entry = ", 2023-11-14T22:13:20Z, ";
        for (final String shown : List.of(
                "entry 0 at 32" + entry + "FoundCluster: clusterId \"00000000-0000-0001-0000-000000000002\"\n",
                entry + "RegisterNode: nodeId 1, name \"here\"\n",
                entry + "CreateStream: streamlets 3, leader 1, lanes 2, ackLevelMin \"disk\", timestampType 1, "
                        + "segmentBytesMax 65536, groupSegments 4, retentionMs 1000, retentionBytes -1, "
                        + "name \"orders\"\n",
                entry + "AlterStream: streamId 1, lanes 5\n",
                entry + "MoveLeadership: streamId 1, streamletId 2, leader 1\n",
                entry + "ReserveProducerIds: firstIdMin 0, idCount 1000\n",
                entry + "DeleteStream: streamId 1\n",
                entry + "ForgetStream: streamId 1\n")) {
            assertTrue(text.contains(shown), () -> shown + "is not in\n" + text);
        }
        final List<Map<String, Object>> entries = entries(dump(log, "--json").expect(ExitCode.OK));
        assertEquals(COMMANDS, entries.size());
        for (int at = 0; at < COMMANDS; at++) {
            assertEquals((long) at, entries.get(at).get("entry"));
            assertEquals(NOW_MS, entries.get(at).get("timestampMs"));
        }
        assertEquals("CreateStream", entries.get(2).get("message"));
        assertEquals("orders", JsonText.object(entries.get(2), "fields").get("name"));
        assertEquals("", dump(log, "--damaged").expect(ExitCode.OK).out());
    }

    @Test
    void showsASnapshot() throws IOException {
        final Path snapshot = snapshot(6);
        final String text = dump(snapshot).expect(ExitCode.OK).out();
        assertTrue(text.contains("metadata snapshot: of what is before index 6; 6 entries\n"), text);
        for (final String shown : List.of(
                "SnapshotBegin: snapshotVersion 1, clusterId \"00000000-0000-0001-0000-000000000002\", nextStreamId 2, "
                        + "nextProducerId 1001\n",
                "SnapshotNode: nodeId 1, incarnation 1, name \"here\"\n",
                "SnapshotStream: streamId 1, streamlets 3, deleted 0, opened 0, lanes 5, ackLevelMin \"disk\", ",
                "SnapshotLeadership: streamId 1, firstStreamlet 0, streamletCount 2, leader 1, term 1\n",
                "SnapshotLeadership: streamId 1, firstStreamlet 2, streamletCount 1, leader 1, term 2\n",
                "SnapshotEnd: messageCount 5\n")) {
            assertTrue(text.contains(shown), () -> shown + "is not in\n" + text);
        }
        final List<Map<String, Object>> lines =
                dump(folder, "--json").expect(ExitCode.OK).json();
        final Map<String, Object> whole = lines.get(lines.size() - 1);
        assertEquals("metadata", whole.get("kind"));
        assertEquals(
                snapshot.getFileName().toString(),
                JsonText.object(whole, "facts").get("snapshot"));
        assertEquals(
                "log-00000000000000000006.kml", JsonText.object(whole, "facts").get("log"));
    }

    @Test
    void reportsATornTailAndCallsItNoDamage() throws IOException {
        final byte[] good = Files.readAllBytes(log);
        final int last = lastEntry(good);
        for (int length = last + 1; length < good.length; length++) {
            Files.write(log, Arrays.copyOf(good, length));
            final CommandRun run = dump(log).expect(ExitCode.OK);
            final String torn =
                    "7 entries; torn at " + last + " by the last stop, " + (length - last) + " bytes do not";
            assertTrue(run.out().contains(torn), run.out());
        }
        assertEquals(
                true,
                JsonText.object(dump(log, "--json").json().get(0), "facts").get("torn"));
        assertEquals(COMMANDS - 1, entries(dump(log, "--json")).size());
    }

    @Test
    void saysWhereALogIsRotten() throws IOException {
        final byte[] good = Files.readAllBytes(log);
        final int second = HEADER_BYTES + HEADER_BYTES + new UnsafeBuffer(good).getInt(HEADER_BYTES + 4);
        for (final int at : new int[] {second, second + 8, second + HEADER_BYTES + 3}) {
            final byte[] bad = good.clone();
            bad[at] ^= 1;
            Files.write(log, bad);
            final CommandRun run = dump(log, "--json").expect(ExitCode.DAMAGED);
            assertEquals((long) second, problem(run).get("at"));
            final String what = String.valueOf(problem(run).get("what"));
            assertTrue(what.startsWith("file=" + log + " position=" + second + " intact_again_at="), what);
            assertEquals(1, entries(run).size(), "what is before it is shown");
        }
    }

    @Test
    void saysWhatItKnowsBehindADamagedHeader() throws IOException {
        final byte[] bad = Files.readAllBytes(log);
        bad[20] ^= 1;
        Files.write(log, bad);
        final CommandRun run = dump(log, "--json").expect(ExitCode.DAMAGED);
        assertEquals(0L, problem(run).get("at"));
        assertEquals(COMMANDS, entries(run).size());
    }

    @Test
    void findsAnyByteThatIsWrongInASnapshot() throws IOException {
        final Path snapshot = snapshot(4);
        final byte[] good = Files.readAllBytes(snapshot);
        for (int at = 0; at < good.length; at += 7) {
            final byte[] bad = good.clone();
            bad[at] ^= 1;
            Files.write(snapshot, bad);
            dump(snapshot).expect(ExitCode.DAMAGED);
        }
        for (int length = 0; length < good.length; length += 31) {
            Files.write(snapshot, Arrays.copyOf(good, length));
            dump(snapshot).expect(ExitCode.DAMAGED);
        }
    }

    @Test
    void callsAnEmptyFileDamaged() throws IOException {
        for (final String name : List.of("log-00000000000000000007.kml", "snapshot-00000000000000000007.kms")) {
            final Path empty = Files.createFile(folder.resolve(name));
            final CommandRun run = dump(empty).expect(ExitCode.DAMAGED);
            assertTrue(run.out().startsWith("BAD  " + empty), run.out());
            assertTrue(run.out().contains("bytes=0 limit=32; too short"), run.out());
        }
    }

    @Test
    void noticesAFileUnderAnotherOnesNameAndAGap() throws IOException {
        final Path other = Files.move(log, folder.resolve("log-00000000000000000003.kml"));
        final CommandRun run = dump(folder).expect(ExitCode.DAMAGED);
        assertTrue(run.out().contains("first_index=0 limit=3; it is another file's copy"), run.out());
        assertTrue(run.out().contains("log_file_index=3 limit=0 files=[" + other + "]; the log has a gap"), run.out());
    }

    @Test
    void endsWhateverACommandHolds() throws IOException {
        Files.delete(log);
        try (FileConsensusLog open = FileConsensusLog.open(folder, () -> NOW_MS)) {
            open.poll(new Taking());
            final MetadataCommands commands = new MetadataCommands();
            final int length = commands.registerNode(1, 1, "x".repeat(20));
            final UnsafeBuffer bytes = new UnsafeBuffer(new byte[length]);
            for (int at = 0; at < length; at++) {
                bytes.putBytes(0, commands.buffer(), 0, length);
                bytes.putByte(at, (byte) 0xFF);
                assertTrue(open.offer(bytes, 0, length) >= 0);
            }
            open.poll(new Taking());
        }
        final CommandRun run = dump(log, "--json").expect(ExitCode.OK);
        assertTrue(entries(run).stream().anyMatch(line -> "Unreadable".equals(line.get("message"))), run::out);
        assertFalse(dump(log).expect(ExitCode.OK).out().isEmpty());
    }

    /** Takes whatever there is. */
    private static final class Taking implements ConsensusLog.Follower {
        @Override
        public void onSnapshot(ConsensusLog.SnapshotSource snapshot) {}

        @Override
        public void onCommitted(long index, long timestampMs, DirectBuffer entry, int offset, int length) {}
    }
}
