package io.kera.node;

import io.kera.coordinator.Coordinator;
import io.kera.coordinator.MetadataCommands;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import kera.codec.metadata.CommandRefusedDecoder;
import kera.codec.metadata.FrameHeaderDecoder;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for which answer, of the coordinator and of the core. The control agent's thread. A question gets exactly
 * one answer; one that the coordinator cannot take now is asked again in the next cycle, in order.
 */
final class ControlRoom {
    /** What the coordinator decided: {@code code} 0, or a refusal. {@code event} is valid during the call. */
    record Decision(UnsafeBuffer event, int code, String what, long limit, long value) {
        boolean isRefusal() {
            return code != 0;
        }
    }

    /** Encodes a command under the correlation id it is given. */
    @FunctionalInterface
    interface CommandToCore {
        int encode(CoreCommands commands, long correlationId);
    }

    /** Encodes a command under the correlation id it is given. */
    @FunctionalInterface
    interface CommandToCoordinator {
        int encode(MetadataCommands commands, long correlationId);
    }

    private final Long2ObjectHashMap<Consumer<CoreAnswer>> awaitedOfCore = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Consumer<Decision>> awaitedOfCoordinator = new Long2ObjectHashMap<>();
    private final ArrayDeque<ToIntFunction<MetadataCommands>> unasked = new ArrayDeque<>();
    private final CoreCommands commands = new CoreCommands();
    private final FrameHeaderDecoder header = new FrameHeaderDecoder();
    private @Nullable CoreLink link;
    private @Nullable Coordinator coordinator;
    private long nextCorrelationId = 1;
    private @Nullable Decision failure;

    void attach(CoreLink toCore, Coordinator decider) {
        link = toCore;
        coordinator = decider;
    }

    Coordinator coordinator() {
        return Objects.requireNonNull(coordinator, "attach() comes first");
    }

    private CoreLink link() {
        return Objects.requireNonNull(link, "attach() comes first");
    }

    void askCore(CommandToCore command, Consumer<CoreAnswer> then) {
        final long id = nextCorrelationId++;
        awaitedOfCore.put(id, then);
        link().send(commands.buffer(), 0, command.encode(commands, id));
    }

    /** As {@link #askCore}, with a client's own frame. */
    void forwardToCore(UnsafeBuffer frame, Consumer<CoreAnswer> then) {
        final long id = nextCorrelationId++;
        awaitedOfCore.put(id, then);
        link().forward(frame, 0, frame.capacity(), id);
    }

    void askCoordinator(CommandToCoordinator command, Consumer<Decision> then) {
        final Decision refusal = failure;
        if (refusal != null) {
            then.accept(refusal);
            return;
        }
        final long id = nextCorrelationId++;
        awaitedOfCoordinator.put(id, then);
        unasked.add(to -> command.encode(to, id));
    }

    void answer(Asker asker, CoreAnswer answer) {
        if (answer.isRefusal()) {
            refuse(asker, answer.code(), answer.what(), answer.limit(), answer.value());
            return;
        }
        link().send(
                        commands.buffer(),
                        0,
                        commands.forwardedAnswer(
                                asker, answer.frame(), 0, answer.frame().capacity()));
    }

    void refuse(Asker asker, int code, String what, long limit, long value) {
        link().send(commands.buffer(), 0, commands.forwardedRefusal(asker, code, what, limit, value));
    }

    /** Asks the coordinator what could not be asked before. */
    int poll() {
        int work = 0;
        while (!unasked.isEmpty() && coordinator().submit(unasked.element())) {
            unasked.remove();
            work++;
        }
        return work;
    }

    /** Refuses what was asked of the coordinator, and whatever will be until {@link #mendCoordinator}. */
    void failCoordinator(int code, String what) {
        final Decision refusal = new Decision(new UnsafeBuffer(new byte[0]), code, what, 0, 0);
        failure = refusal;
        unasked.clear();
        final List<Consumer<Decision>> abandoned = List.copyOf(awaitedOfCoordinator.values());
        awaitedOfCoordinator.clear();
        abandoned.forEach(then -> then.accept(refusal));
    }

    void mendCoordinator() {
        failure = null;
    }

    boolean isQuiet() {
        return awaitedOfCore.isEmpty() && awaitedOfCoordinator.isEmpty();
    }

    /** Whether the frame was somebody's answer. */
    boolean onCoreAnswer(long correlationId, DirectBuffer frame, int offset, int length) {
        final Consumer<CoreAnswer> then = awaitedOfCore.remove(correlationId);
        if (then == null) {
            return false;
        }
        then.accept(CoreAnswer.of(CoreLink.copy(frame, offset, length)));
        return true;
    }

    void onEvent(DirectBuffer frame, int offset, int length) {
        final UnsafeBuffer event = new UnsafeBuffer(frame, offset, length);
        header.wrap(event, 0);
        final Consumer<Decision> then = awaitedOfCoordinator.remove(header.correlationId());
        if (then != null) {
            then.accept(decision(event));
        }
    }

    private Decision decision(UnsafeBuffer event) {
        if (header.templateId() != CommandRefusedDecoder.TEMPLATE_ID) {
            return new Decision(event, 0, "", 0, 0);
        }
        final CommandRefusedDecoder refused = new CommandRefusedDecoder().wrapAndApplyHeader(event, 0, header);
        return new Decision(event, refused.codeRaw(), refused.what(), refused.limitValue(), refused.value());
    }
}
