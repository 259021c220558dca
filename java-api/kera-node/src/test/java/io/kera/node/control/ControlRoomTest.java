package io.kera.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.coordinator.Coordinator;
import io.kera.coordinator.MemoryConsensusLog;
import io.kera.ffi.CoreOptions;
import io.kera.ffi.NativeCore;
import io.kera.wire.FrameSeal;
import java.util.ArrayList;
import java.util.List;
import kera.codec.client.DoneAnswerEncoder;
import kera.codec.client.FrameHeaderEncoder;
import kera.codec.metadata.ErrorCode;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes wrong while a client is served is that client's refusal; what goes wrong otherwise ends the agent. */
class ControlRoomTest {
    /** As {@code kControlFrameBytesMax}: it follows from the size of the ring. */
    private static final int CONTROL_FRAME_BYTES_MAX = 2 << 20;

    private static final int FORWARDED_HEAD_BYTES = 40;
    private static final Requester REQUESTER = new Requester(7, 0, 1, 42);

    private final List<String> lines = new ArrayList<>();
    private final ControlRoom room = new ControlRoom((level, line) -> lines.add(line));
    private final Coordinator coordinator = new Coordinator(new MemoryConsensusLog(() -> 42), room::onEvent);
    private final List<ControlRoom.Decision> decided = new ArrayList<>();
    private NativeCore core;

    @BeforeEach
    void open() {
        core = NativeCore.open(CoreOptions.builder()
                .arenaBytes(16L << 20)
                .loadedBytesMax(1L << 20)
                .listen("tcp:127.0.0.1:0")
                .authority(CoreOptions.Authority.CONTROL)
                .build());
        room.attach(new CoreLink(core, (header, frame, offset, length) -> {}), coordinator);
        coordinator.doWork();
    }

    @AfterEach
    void close() {
        coordinator.close();
        core.close();
    }

    private static void planned() {
        throw new IllegalStateException("planned");
    }

    private void askWhatCannotBeEncoded() {
        room.askCoordinator(
                (to, id) -> {
                    throw new IllegalStateException("planned");
                },
                decided::add);
    }

    private void askForIds(Runnable then) {
        room.askCoordinator((to, id) -> to.reserveProducerIds(id, 0, 1), decision -> then.run());
    }

    private void turn() {
        room.poll();
        coordinator.doWork();
    }

    @Test
    void refusesAClientWhoseRequestFails() {
        room.serve(REQUESTER, ControlRoomTest::planned);
        room.serve(REQUESTER, ControlRoomTest::planned);
        assertEquals(1, lines.size(), "once a second at most");
        assertTrue(lines.get(0).contains("event=request_failed template_id=42 "), lines.get(0));
        assertTrue(lines.get(0).contains("planned"), lines.get(0));
    }

    @Test
    void refusesAClientWhoseRequestFailsWhenItsAnswerComes() {
        room.serve(REQUESTER, () -> askForIds(ControlRoomTest::planned));
        turn();
        assertEquals(1, lines.size());
        assertTrue(room.isQuiet());
    }

    @Test
    void letsThroughWhatIsNobodysRequest() {
        askForIds(ControlRoomTest::planned);
        assertThrows(IllegalStateException.class, this::turn);
    }

    @Test
    void asksNothingAgainThatCannotBeEncoded() {
        askWhatCannotBeEncoded();
        askForIds(() -> {});
        turn();
        assertEquals(1, decided.size());
        assertEquals(ErrorCode.INTERNAL.value(), decided.get(0).code());
        assertTrue(room.isQuiet(), "and what was behind it was asked");
    }

    private static UnsafeBuffer frame(int bytes) {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[bytes]);
        final int limit = new DoneAnswerEncoder()
                .wrapAndApplyHeader(frame, 0, new FrameHeaderEncoder())
                .limit();
        FrameSeal.seal(frame, 0, limit, 1);
        new FrameHeaderEncoder().wrap(frame, 0).length(bytes);
        return frame;
    }

    @Test
    void refusesAClientWhoseAnswerIsLargerThanAControlFrame() {
        room.answer(REQUESTER, CoreAnswer.of(frame(CONTROL_FRAME_BYTES_MAX - FORWARDED_HEAD_BYTES)));
        room.answer(REQUESTER, CoreAnswer.of(frame(CONTROL_FRAME_BYTES_MAX - FORWARDED_HEAD_BYTES + 8)));
        assertEquals(List.of(), lines);
        assertEquals(2, core.poll(), "both went to the core, the second as a refusal");
    }

    @Test
    void waitsForNoAnswerToWhatTheCoreCannotTake() {
        assertThrows(
                IllegalArgumentException.class,
                () -> room.forwardToCore(frame(CONTROL_FRAME_BYTES_MAX + 8), answer -> {}));
        assertTrue(room.isQuiet());
    }
}
