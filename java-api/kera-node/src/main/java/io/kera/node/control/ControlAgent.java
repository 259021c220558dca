package io.kera.node.control;

import io.kera.coordinator.Coordinator;
import io.kera.coordinator.LogUnwritableException;
import io.kera.ffi.NativeCore;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.log.NodeLog;
import io.kera.wire.FrameSeal;
import kera.codec.client.ErrorAnswerDecoder;
import kera.codec.client.ErrorCode;
import kera.codec.control.CommandDoneDecoder;
import kera.codec.control.DrainedDecoder;
import kera.codec.control.ForwardedAnswerDecoder;
import kera.codec.control.ForwardedRequestDecoder;
import kera.codec.control.FrameHeaderDecoder;
import kera.codec.control.ProducerIdsLowDecoder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The control plane's duty cycle: takes messages of the core, lets the coordinator decide, and sends the results back.
 * One thread; owns the coordinator, borrows the core. Allocates nothing while there are no requests.
 */
public final class ControlAgent implements Agent {
    private static final long MEND_EVERY_NS = 1_000_000_000L;
    /** While something waits for room in a ring, or for the log: nobody tells when there is room. */
    private static final long LOOK_AGAIN_NS = 100_000;

    private static final int FORWARDED_HEAD_BYTES =
            BitUtil.align(FrameSeal.HEADER_BYTES + ForwardedRequestDecoder.BLOCK_LENGTH, Long.BYTES);

    private final ControlRoom room;
    private final StreamNames names = new StreamNames();
    private final ForwardedRequestDecoder forwarded = new ForwardedRequestDecoder();
    private final CoreLink link;
    private final Coordinator coordinator;
    private final StreamRequests requests;
    private final ProducerIdGrants producerIds;
    private final StartUp startUp;
    private final NodeLog log;
    private boolean begun;
    private long nextMendNs;
    private long snapshotsFailed;
    private volatile boolean ready;
    private volatile boolean healthy = true;
    private volatile boolean failed;
    private volatile String trouble = "";
    private volatile long metadataIndex;

    /** REQUIRES: {@code coordinator} gives its events to {@code room}. */
    public ControlAgent(NativeCore core, ControlRoom room, Coordinator coordinator, NodeConfig config, NodeLog log) {
        this.room = room;
        link = new CoreLink(core, this::onFrame);
        this.coordinator = coordinator;
        requests = new StreamRequests(room, names, log, config.get(NodeKeys.NODE_ID), config.get(NodeKeys.DATA_KEEP));
        producerIds = new ProducerIdGrants(room, log);
        startUp = new StartUp(room, requests, producerIds, names, log, config);
        room.attach(link, coordinator);
        this.log = log;
    }

    /** Whether the core follows the metadata; any thread. Pairs with the store in {@link #cycle}. */
    public boolean isReady() {
        return ready && !failed;
    }

    /** Why it cannot decide; empty: it can. Any thread. */
    public String trouble() {
        return trouble;
    }

    public StreamNames names() {
        return names;
    }

    /** Whether decisions can still be made; any thread. Pairs with the store in {@link #decide}. */
    public boolean isHealthy() {
        return healthy && !failed;
    }

    /** Entries in the metadata log; any thread. Pairs with the store in {@link #doWork}. */
    public long metadataIndex() {
        return metadataIndex;
    }

    /** After an exception, a request may be half done. Nothing can be built on that, so the agent ends. */
    @Override
    public int doWork() {
        try {
            return cycle();
        } catch (RuntimeException | Error e) {
            failed = true;
            throw new AgentTerminationException(e);
        }
    }

    /** After a cycle without work: when there may be some, although the core says nothing. */
    long looksAgainAfterNs() {
        return link.isBacklogged() || room.isBacklogged() ? LOOK_AGAIN_NS : MEND_EVERY_NS;
    }

    private int cycle() {
        int work = decide();
        if (!begun) {
            begun = true;
            startUp.begin();
        }
        work += room.poll() + link.poll();
        if (!ready && room.isQuiet()) {
            ready = true;
        }
        return work;
    }

    /** While the log cannot be written, nothing is decided. Data is still served. */
    private int decide() {
        if (!healthy) {
            return mend();
        }
        try {
            final int work = coordinator.doWork();
            if (work > 0) {
                metadataIndex = coordinator.nextIndex();
            }
            if (coordinator.snapshotsFailed() != snapshotsFailed) {
                snapshotsFailed = coordinator.snapshotsFailed();
                log.log(NodeLog.Level.WARN, "metadata_snapshot_failed", "count", snapshotsFailed, "retry", "later");
            }
            return work;
        } catch (LogUnwritableException e) {
            healthy = false;
            trouble = String.valueOf(e.getMessage());
            nextMendNs = System.nanoTime() + MEND_EVERY_NS;
            log.log(
                    NodeLog.Level.ERROR,
                    "metadata_log_failed",
                    "folder",
                    e.folder(),
                    "reason",
                    e.reason(),
                    "advice",
                    "changes of streams are refused until it can be written again; the node tries that every second");
            room.failCoordinator(
                    e.isFull() ? ErrorCode.DISK_FULL.value() : ErrorCode.DISK_FAILED.value(),
                    "metadata_folder " + e.folder());
            return 1;
        }
    }

    private int mend() {
        if (System.nanoTime() - nextMendNs < 0) {
            return 0;
        }
        if (!coordinator.mend()) {
            nextMendNs = System.nanoTime() + MEND_EVERY_NS;
            return 0;
        }
        room.mendCoordinator();
        producerIds.resume();
        trouble = "";
        healthy = true;
        log.log(NodeLog.Level.INFO, "metadata_log_mended");
        return 1;
    }

    @Override
    public void onClose() {
        coordinator.close();
    }

    @Override
    public String roleName() {
        return "kera-control";
    }

    private void onFrame(FrameHeaderDecoder header, DirectBuffer frame, int offset, int length) {
        if (header.schemaId() == FrameHeaderDecoder.SCHEMA_ID) {
            switch (header.templateId()) {
                case ForwardedRequestDecoder.TEMPLATE_ID:
                    onForwarded(header, frame, offset, length);
                    return;
                case ProducerIdsLowDecoder.TEMPLATE_ID:
                    producerIds.grant();
                    return;
                case DrainedDecoder.TEMPLATE_ID:
                    return;
                case CommandDoneDecoder.TEMPLATE_ID:
                default:
                    break;
            }
        }
        if (isRefusedAnswer(header, frame, offset)) {
            log.log(NodeLog.Level.ERROR, "forwarded_answer_refused", "correlation_id", header.correlationId());
            return;
        }
        room.onCoreAnswer(header.correlationId(), frame, offset, length);
    }

    /** Then the correlation id is the client's, which may be that of a question of this node, too. */
    private static boolean isRefusedAnswer(FrameHeaderDecoder header, DirectBuffer frame, int offset) {
        return header.schemaId() == kera.codec.client.FrameHeaderDecoder.SCHEMA_ID
                && header.templateId() == ErrorAnswerDecoder.TEMPLATE_ID
                && new ErrorAnswerDecoder()
                                .wrap(frame, offset + FrameSeal.HEADER_BYTES, header.blockLength(), header.version())
                                .templateId()
                        == ForwardedAnswerDecoder.TEMPLATE_ID;
    }

    private void onForwarded(FrameHeaderDecoder header, DirectBuffer frame, int offset, int length) {
        forwarded.wrap(frame, offset + FrameSeal.HEADER_BYTES, header.blockLength(), header.version());
        final UnsafeBuffer inner = CoreLink.copy(frame, offset + FORWARDED_HEAD_BYTES, length - FORWARDED_HEAD_BYTES);
        final kera.codec.client.FrameHeaderDecoder innerHeader = new kera.codec.client.FrameHeaderDecoder();
        final int template = inner.capacity() < FrameSeal.HEADER_BYTES
                ? 0
                : innerHeader.wrap(inner, 0).templateId();
        final Requester requester =
                new Requester(forwarded.connectionId(), forwarded.reactor(), header.correlationId(), template);
        if (!StreamRequests.isWhole(inner)) {
            room.refuse(
                    requester, ErrorCode.MALFORMED.value(), "frame_bytes", FrameSeal.HEADER_BYTES, inner.capacity());
            return;
        }
        room.serve(requester, () -> requests.onRequest(requester, inner));
    }
}
