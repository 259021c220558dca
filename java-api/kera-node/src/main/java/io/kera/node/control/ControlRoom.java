package io.kera.node.control;

import io.kera.coordinator.Coordinator;
import io.kera.coordinator.MetadataCommands;
import io.kera.node.log.NodeLog;
import io.kera.node.log.StackFrames;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import kera.codec.metadata.CommandRefusedDecoder;
import kera.codec.metadata.ErrorCode;
import kera.codec.metadata.FrameHeaderDecoder;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for which answer of the coordinator and of the core. The control agent's thread. Each question gets exactly
 * one answer. If the coordinator cannot take a question now, it is asked again in the next cycle, in order. An error
 * while a client is served, now or when an answer arrives, is a refusal to that client only.
 */
public final class ControlRoom {
    /** A decision of the coordinator: {@code code} 0, or a refusal. {@code event} is valid during the call. */
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

    /** A question to the coordinator. */
    private record Question(long id, CommandToCoordinator command) {}

    /** The question's own encoder refuses it, and would refuse it again. */
    private static final class UnaskableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnaskableException(RuntimeException cause) {
            super(cause);
        }
    }

    private static final UnsafeBuffer NOTHING = new UnsafeBuffer(new byte[0]);
    private static final long LINE_EVERY_NS = 1_000_000_000L;

    private final Long2ObjectHashMap<Consumer<CoreAnswer>> awaitedOfCore = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Consumer<Decision>> awaitedOfCoordinator = new Long2ObjectHashMap<>();
    private final ArrayDeque<Question> unasked = new ArrayDeque<>();
    private final CoreCommands commands = new CoreCommands();
    private final FrameHeaderDecoder header = new FrameHeaderDecoder();
    private @Nullable CoreLink link;
    private @Nullable Coordinator coordinator;
    private long nextCorrelationId = 1;
    private final NodeLog log;
    private @Nullable Decision failure;
    private @Nullable Requester served;
    private long failures;
    private long failuresShownNs = System.nanoTime() - LINE_EVERY_NS;

    public ControlRoom(NodeLog log) {
        this.log = log;
    }

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
        final int length = command.encode(commands, id);
        link().send(commands.buffer(), 0, length);
        awaitedOfCore.put(id, guarded(then));
    }

    /** As {@link #askCore}, with a client's own frame. */
    void forwardToCore(UnsafeBuffer frame, Consumer<CoreAnswer> then) {
        final long id = nextCorrelationId++;
        link().forward(frame, 0, frame.capacity(), id);
        awaitedOfCore.put(id, guarded(then));
    }

    void askCoordinator(CommandToCoordinator command, Consumer<Decision> then) {
        final Decision refusal = failure;
        if (refusal != null) {
            then.accept(refusal);
            return;
        }
        final long id = nextCorrelationId++;
        awaitedOfCoordinator.put(id, guarded(then));
        unasked.add(new Question(id, command));
    }

    void answer(Requester requester, CoreAnswer answer) {
        if (answer.isRefusal()) {
            refuse(requester, answer.code(), answer.what(), answer.limit(), answer.value());
            return;
        }
        final UnsafeBuffer frame = answer.frame();
        final int length = commands.forwardedAnswer(requester, frame, 0, frame.capacity());
        if (length > link().frameBytesMax()) {
            refuse(requester, ErrorCode.FRAME_TOO_LARGE.value(), "control_frame_bytes", link().frameBytesMax(), length);
            return;
        }
        link().send(commands.buffer(), 0, length);
    }

    void refuse(Requester requester, int code, String what, long limit, long value) {
        link().send(commands.buffer(), 0, commands.forwardedRefusal(requester, code, what, limit, value));
    }

    /** Asks the coordinator the questions that could not be asked before. */
    int poll() {
        int work = 0;
        while (!unasked.isEmpty() && submit(unasked.element())) {
            unasked.remove();
            work++;
        }
        return work;
    }

    /** Whether questions wait until the coordinator can be asked. */
    boolean isBacklogged() {
        return !unasked.isEmpty();
    }

    private boolean submit(Question question) {
        try {
            return coordinator().submit(to -> encode(to, question));
        } catch (UnaskableException e) {
            final Consumer<Decision> then = awaitedOfCoordinator.remove(question.id());
            report(0, Objects.requireNonNullElse(e.getCause(), e));
            if (then != null) {
                then.accept(new Decision(NOTHING, ErrorCode.INTERNAL.value(), "metadata_command", 0, 0));
            }
            return true;
        }
    }

    private static int encode(MetadataCommands to, Question question) {
        try {
            return question.command().encode(to, question.id());
        } catch (RuntimeException e) {
            throw new UnaskableException(e);
        }
    }

    /** Runs a step for a client. An exception becomes a refusal. */
    void serve(Requester requester, Runnable step) {
        final Requester before = served;
        served = requester;
        try {
            step.run();
        } catch (RuntimeException e) {
            report(requester.templateId(), e);
            refuse(requester, ErrorCode.INTERNAL.value(), "request", 0, requester.templateId());
        } finally {
            served = before;
        }
    }

    /** The answer's handler serves the client that is served now. Without a client, the node itself has asked. */
    private <T> Consumer<T> guarded(Consumer<T> then) {
        final Requester requester = served;
        return requester == null ? then : answer -> serve(requester, () -> then.accept(answer));
    }

    /** Logs at most once a second, because a client can cause an error again and again. */
    private void report(int template, Throwable e) {
        failures++;
        final long nowNs = System.nanoTime();
        if (nowNs - failuresShownNs < LINE_EVERY_NS) {
            return;
        }
        failuresShownNs = nowNs;
        log.log(
                NodeLog.Level.ERROR,
                "request_failed",
                "template_id",
                template,
                "count",
                failures,
                "error",
                e,
                "at",
                StackFrames.of(e));
    }

    /** Refuses all questions to the coordinator, now and until {@link #mendCoordinator}. */
    void failCoordinator(int code, String what) {
        final Decision refusal = new Decision(NOTHING, code, what, 0, 0);
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

    /** Whether somebody waited for this answer. */
    boolean onCoreAnswer(long correlationId, DirectBuffer frame, int offset, int length) {
        final Consumer<CoreAnswer> then = awaitedOfCore.remove(correlationId);
        if (then == null) {
            return false;
        }
        then.accept(CoreAnswer.of(CoreLink.copy(frame, offset, length)));
        return true;
    }

    public void onEvent(DirectBuffer frame, int offset, int length) {
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
