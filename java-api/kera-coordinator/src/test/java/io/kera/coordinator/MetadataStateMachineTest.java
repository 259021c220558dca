package io.kera.coordinator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.wire.FrameSeal;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.ToIntFunction;
import kera.codec.metadata.AlterStreamDecoder;
import kera.codec.metadata.ClusterFoundedDecoder;
import kera.codec.metadata.CommandRefusedDecoder;
import kera.codec.metadata.ErrorCode;
import kera.codec.metadata.FrameHeaderDecoder;
import kera.codec.metadata.LeadershipMovedDecoder;
import kera.codec.metadata.NodeRegisteredDecoder;
import kera.codec.metadata.ProducerIdsReservedDecoder;
import kera.codec.metadata.SnapshotBeginEncoder;
import kera.codec.metadata.StreamCreatedDecoder;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataStateMachineTest {
    private static final long NOW_MS = 1_700_000_000_000L;

    private final List<UnsafeBuffer> events = new ArrayList<>();
    private final MetadataStateMachine machine =
            new MetadataStateMachine((frame, at, length) -> events.add(CommandHistory.copy(frame, at, length)));
    private final MetadataCommands commands = new MetadataCommands();
    private final FrameHeaderDecoder header = new FrameHeaderDecoder();

    private UnsafeBuffer apply(ToIntFunction<MetadataCommands> encode) {
        final int before = events.size();
        machine.apply(NOW_MS, commands.buffer(), 0, encode.applyAsInt(commands));
        assertEquals(before + 1, events.size(), "exactly one event per command");
        return events.get(before);
    }

    private void assertRefused(UnsafeBuffer event, ErrorCode code, String what, long limit, long value) {
        final CommandRefusedDecoder refused = new CommandRefusedDecoder().wrapAndApplyHeader(event, 0, header);
        assertEquals(code, refused.code());
        assertEquals(limit, refused.limitValue());
        assertEquals(value, refused.value());
        assertEquals(what, refused.what());
    }

    private long create(String name) {
        final UnsafeBuffer event =
                apply(to -> to.createStream(1, MetadataCommands.ANY_STREAM, 0, StreamDefinition.named(name)));
        return new StreamCreatedDecoder().wrapAndApplyHeader(event, 0, header).streamId();
    }

    private static StreamMetadata known(@Nullable StreamMetadata stream) {
        return Objects.requireNonNull(stream);
    }

    static List<UnsafeBuffer> snapshotOf(MetadataStateMachine of) {
        final List<UnsafeBuffer> frames = new ArrayList<>();
        of.snapshot((frame, at, length) -> frames.add(CommandHistory.copy(frame, at, length)));
        return frames;
    }

    private static MetadataStateMachine restored(List<UnsafeBuffer> snapshot) {
        final MetadataSnapshotReader reader = MetadataStateMachine.snapshotReader();
        snapshot.forEach(frame -> reader.onEvent(frame, 0, frame.capacity()));
        final MetadataStateMachine other = new MetadataStateMachine((frame, at, length) -> {});
        other.restore(reader);
        return other;
    }

    @Test
    void keepsTheFirstIdentityOfACluster() {
        apply(to -> to.foundCluster(1, new UUID(1, 2)));
        final UnsafeBuffer second = apply(to -> to.foundCluster(2, new UUID(3, 4)));
        final ClusterFoundedDecoder founded = new ClusterFoundedDecoder().wrapAndApplyHeader(second, 0, header);
        assertEquals(2, founded.clusterIdLow());
        assertEquals(2, header.correlationId());
        assertEquals(new UUID(1, 2), machine.state().clusterId());
    }

    @Test
    void countsIncarnationsOfANode() {
        apply(to -> to.registerNode(1, 7, "a"));
        final UnsafeBuffer again = apply(to -> to.registerNode(2, 7, "b"));
        assertEquals(
                2,
                new NodeRegisteredDecoder().wrapAndApplyHeader(again, 0, header).incarnation());
        assertEquals(new NodeMetadata(7, "b", 2), machine.state().node(7));
    }

    @Test
    void givesStreamsTheirIdsAndRefusesASecondOfOneName() {
        assertEquals(1, create("a"));
        assertEquals(2, create("b"));
        final UnsafeBuffer twin =
                apply(to -> to.createStream(9, MetadataCommands.ANY_STREAM, 0, StreamDefinition.named("a")));
        assertRefused(twin, ErrorCode.STREAM_EXISTS, "stream_id", 0, 1);
        assertEquals(9, header.correlationId());
    }

    @Test
    void refusesMoreStreamletsThanTheCoreCanKeep() {
        for (final int streamlets : new int[] {StreamRules.STREAMLETS_MAX + 1, 65_536, Integer.MAX_VALUE}) {
            assertRefused(
                    apply(to -> to.createStream(1, MetadataCommands.ANY_STREAM, 0, wide("wide", streamlets))),
                    ErrorCode.INVALID_ARGUMENT,
                    "streamlets",
                    65_534,
                    streamlets);
        }
        apply(to -> to.createStream(1, MetadataCommands.ANY_STREAM, 0, wide("wide", StreamRules.STREAMLETS_MAX)));
        assertEquals(1, machine.state().streams().size());
    }

    @Test
    void goesOnWithStreamsBehindTheGreatestIdThatAClientMayChoose() {
        apply(to -> to.createStream(1, StreamRules.STREAM_ID_MAX, 0, StreamDefinition.named("chosen")));
        assertEquals(StreamRules.STREAM_ID_MAX + 1, create("next"));
        assertEquals(StreamRules.STREAM_ID_MAX + 2, create("after"));
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - 1, 1L << 62})
    void aStreamWithAnIdThatIsNotTakenAnyMoreStopsNoOther(long id) {
        assertEquals(1, create("a"));
        apply(to -> to.createStream(1, id, 0, StreamDefinition.named("old")));
        assertEquals(2, create("b"));
        final MetadataStateMachine other = restored(snapshotOf(machine));
        assertEquals("old", known(other.state().stream(id)).definition().name());
        assertEquals(3, other.state().nextStreamId());
    }

    @Test
    void readsASnapshotWithAStreamThatTheCoreCannotKeep() {
        machine.state().put(new StreamMetadata(7, wide("wide", 65_536), NOW_MS, 0));
        final MetadataStateMachine other = restored(snapshotOf(machine));
        assertEquals(65_536, known(other.state().stream(7)).definition().streamlets());
        assertEquals(snapshotOf(machine), snapshotOf(other));
    }

    private static StreamDefinition wide(String name, int streamlets) {
        return new StreamDefinition(streamlets, 1, 0, 0, 0, 0, -1, -1, name);
    }

    @Test
    void freesTheNameOfADeletedStreamButNeverItsId() {
        final long first = create("a");
        apply(to -> to.deleteStream(2, first));
        final long second = create("a");
        assertTrue(second > first);
        assertTrue(known(machine.state().stream(first)).isDeleted());
        apply(to -> to.forgetStream(3, first));
        assertNull(machine.state().stream(first));
        assertEquals(second, known(machine.state().stream("a")).id());
        assertRefused(
                apply(to -> to.forgetStream(4, second)),
                ErrorCode.INVALID_ARGUMENT,
                "stream_id_not_deleted",
                0,
                second);
    }

    @Test
    void remembersWhichStreamsTheCoreHasOpened() {
        final long first = create("a");
        assertFalse(known(machine.state().stream(first)).isOpened());
        apply(to -> to.noteStreamOpened(2, first));
        assertTrue(known(machine.state().stream(first)).isOpened());
        assertRefused(apply(to -> to.noteStreamOpened(3, 99)), ErrorCode.UNKNOWN_STREAM, "stream_id", 0, 99);
    }

    @Test
    void altersOnlyWhatIsAskedForAndNeverTakesLanesAway() {
        final long id = create("a");
        apply(to -> to.alterStream(2, id, new StreamAlteration(0, 4, 255, 60_000, -2)));
        final StreamDefinition altered = known(machine.state().stream(id)).definition();
        assertEquals(new StreamDefinition(1, 4, 0, 0, 0, 0, 60_000, -1, "a"), altered);
        assertRefused(
                apply(to -> to.alterStream(3, id, new StreamAlteration(0, 3, 255, -2, -2))),
                ErrorCode.INVALID_ARGUMENT,
                "lanes",
                4,
                3);
        assertEquals(altered, known(machine.state().stream(id)).definition());
    }

    @Test
    void givesAStreamMoreStreamletsAndNeverFewer() {
        apply(to -> to.registerNode(1, 3, "c"));
        final long id = create("a");
        apply(to -> to.moveLeadership(2, id, 0, 3));
        apply(to -> to.alterStream(3, id, new StreamAlteration(8, 0, 255, -2, -2)));
        final StreamMetadata stream = known(machine.state().stream(id));
        assertEquals(8, stream.definition().streamlets());
        assertEquals(3, stream.leader(7));
        assertEquals(stream.term(0), stream.term(7));
        assertRefused(
                apply(to -> to.alterStream(4, id, new StreamAlteration(3, 0, 255, -2, -2))),
                ErrorCode.INVALID_ARGUMENT,
                "streamlets",
                8,
                3);
        assertRefused(
                apply(to -> to.alterStream(5, id, new StreamAlteration(-1, 0, 255, -2, -2))),
                ErrorCode.INVALID_ARGUMENT,
                "streamlets",
                1,
                -1);
        assertRefused(
                apply(to -> to.alterStream(6, id, new StreamAlteration(65_535, 0, 255, -2, -2))),
                ErrorCode.INVALID_ARGUMENT,
                "streamlets",
                65_534,
                65_535);
        apply(to -> to.alterStream(7, id, new StreamAlteration(0, 2, 255, -2, -2)));
        apply(to -> to.alterStream(8, id, new StreamAlteration(8, 0, 255, -2, -2)));
        assertEquals(8, stream.definition().streamlets());
        final StreamMetadata again = known(restored(snapshotOf(machine)).state().stream(id));
        assertEquals(stream.definition(), again.definition());
        assertEquals(3, again.leader(7));
    }

    @Test
    void readsAnAlterationOfBeforeThereWereStreamletsInIt() {
        final long id = create("a");
        final int length = commands.alterStream(2, id, new StreamAlteration(9, 4, 255, -2, -2));
        final UnsafeBuffer old = new UnsafeBuffer(new byte[length]);
        old.putBytes(0, commands.buffer(), 0, length);
        old.putShort(8, (short) AlterStreamDecoder.streamletsEncodingOffset());
        old.putShort(14, (short) 2);
        machine.apply(NOW_MS, old, 0, length);
        final StreamDefinition altered = known(machine.state().stream(id)).definition();
        assertEquals(1, altered.streamlets());
        assertEquals(4, altered.lanes());
    }

    @Test
    void raisesTheTermWhenLeadershipMoves() {
        apply(to -> to.registerNode(1, 3, "c"));
        final long id = create("a");
        final UnsafeBuffer moved = apply(to -> to.moveLeadership(2, id, 0, 3));
        final LeadershipMovedDecoder event = new LeadershipMovedDecoder().wrapAndApplyHeader(moved, 0, header);
        assertEquals(2, event.term());
        assertEquals(3, known(machine.state().stream(id)).leader(0));
        assertRefused(
                apply(to -> to.moveLeadership(3, id, 0, 5)), ErrorCode.INVALID_ARGUMENT, "leader_not_registered", 0, 5);
        assertRefused(apply(to -> to.moveLeadership(3, id, 1, 3)), ErrorCode.INVALID_ARGUMENT, "streamlet_id", 0, 1);
    }

    @Test
    void neverGivesAProducerIdTwice() {
        assertEquals(1, firstReserved(apply(to -> to.reserveProducerIds(1, 0, 100))));
        assertEquals(101, firstReserved(apply(to -> to.reserveProducerIds(2, 0, 100))));
        assertEquals(5_000, firstReserved(apply(to -> to.reserveProducerIds(3, 5_000, 1))));
        assertEquals(5_001, firstReserved(apply(to -> to.reserveProducerIds(4, 0, 1))));
        assertRefused(apply(to -> to.reserveProducerIds(5, 0, 0)), ErrorCode.INVALID_ARGUMENT, "producer_ids", 1, 0);
    }

    private long firstReserved(UnsafeBuffer event) {
        return new ProducerIdsReservedDecoder()
                .wrapAndApplyHeader(event, 0, header)
                .firstId();
    }

    @Test
    void refusesWhatIsNoCommand() {
        machine.apply(NOW_MS, new UnsafeBuffer(new byte[8]), 0, 8);
        assertRefused(events.get(0), ErrorCode.MALFORMED, "metadata_frame_bytes", FrameSeal.HEADER_BYTES, 8);
        final UnsafeBuffer event = events.get(0);
        machine.apply(NOW_MS, event, 0, event.capacity());
        assertRefused(
                events.get(1), ErrorCode.UNSUPPORTED, "metadata_template_id", 9, CommandRefusedDecoder.TEMPLATE_ID);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void replaysToTheSameStateAndEvents(long seed) {
        final List<UnsafeBuffer> history = new CommandHistory(seed).draw(2_000);
        final List<UnsafeBuffer> secondEvents = new ArrayList<>();
        final MetadataStateMachine second = new MetadataStateMachine(
                (frame, at, length) -> secondEvents.add(CommandHistory.copy(frame, at, length)));
        for (final UnsafeBuffer command : history) {
            machine.apply(NOW_MS, command, 0, command.capacity());
        }
        for (final UnsafeBuffer command : history) {
            second.apply(NOW_MS, command, 0, command.capacity());
        }
        assertEquals(history.size(), events.size());
        assertEquals(events, secondEvents);
        assertEquals(snapshotOf(machine), snapshotOf(second));
        assertTrue(machine.state().streams().size() > 3, "a history that does something");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void goesOnFromASnapshotAsIfNothingHadHappened(long seed) {
        final List<UnsafeBuffer> history = new CommandHistory(seed).draw(1_000);
        for (final UnsafeBuffer command : history.subList(0, 500)) {
            machine.apply(NOW_MS, command, 0, command.capacity());
        }
        final MetadataStateMachine other = restored(snapshotOf(machine));
        assertEquals(snapshotOf(machine), snapshotOf(other));
        for (final UnsafeBuffer command : history.subList(500, 1_000)) {
            machine.apply(NOW_MS, command, 0, command.capacity());
            other.apply(NOW_MS, command, 0, command.capacity());
        }
        assertEquals(snapshotOf(machine), snapshotOf(other));
        assertNotNull(other.state().clusterId());
    }

    @Test
    void refusesASnapshotOfAnUnknownVersionOrWithAPartMissing() {
        create("a");
        final List<UnsafeBuffer> snapshot = snapshotOf(machine);
        for (int without = 0; without < snapshot.size(); without++) {
            final List<UnsafeBuffer> damaged = new ArrayList<>(snapshot);
            damaged.remove(without);
            assertThrows(MetadataDamagedException.class, () -> restored(damaged));
        }
        snapshot.get(0).putInt(FrameSeal.HEADER_BYTES + SnapshotBeginEncoder.snapshotVersionEncodingOffset(), 2);
        final MetadataDamagedException refused = assertThrows(MetadataDamagedException.class, () -> restored(snapshot));
        assertTrue(String.valueOf(refused.getMessage()).contains("snapshot_version=2 limit=1"), refused.getMessage());
    }
}
