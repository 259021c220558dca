package io.kera.node;

import io.kera.coordinator.ConsensusLog;
import io.kera.coordinator.Coordinator;
import io.kera.coordinator.FrameSeal;
import io.kera.ffi.NativeCore;
import java.io.UncheckedIOException;
import kera.codec.client.ErrorCode;
import kera.codec.control.CommandDoneDecoder;
import kera.codec.control.DrainedDecoder;
import kera.codec.control.ForwardedRequestDecoder;
import kera.codec.control.FrameHeaderDecoder;
import kera.codec.control.ProducerIdsLowDecoder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The control plane's duty cycle: what the core says, what the coordinator decides, and back. One thread; owns the
 * coordinator, borrows the core. Allocates nothing while nothing is asked.
 */
final class ControlAgent implements Agent {
    private static final int FORWARDED_HEAD_BYTES =
            BitUtil.align(FrameSeal.HEADER_BYTES + ForwardedRequestDecoder.BLOCK_LENGTH, Long.BYTES);

    private final ControlRoom room = new ControlRoom();
    private final StreamNames names = new StreamNames();
    private final ForwardedRequestDecoder forwarded = new ForwardedRequestDecoder();
    private final CoreLink link;
    private final Coordinator coordinator;
    private final StreamRequests requests;
    private final ProducerIdGrants producerIds;
    private final StartUp startUp;
    private final NodeLog log;
    private boolean begun;
    private volatile boolean ready;
    private volatile boolean healthy = true;
    private volatile long metadataIndex;

    ControlAgent(NativeCore core, ConsensusLog consensus, NodeConfig config, NodeLog log) {
        link = new CoreLink(core, this::onFrame);
        coordinator = new Coordinator(consensus, room::onEvent);
        requests = new StreamRequests(room, names, log, config.get(NodeKeys.NODE_ID), config.get(NodeKeys.DATA_KEEP));
        producerIds = new ProducerIdGrants(room, log);
        startUp = new StartUp(room, requests, producerIds, names, log, config);
        room.attach(link, coordinator);
        this.log = log;
    }

    /** Whether core and metadata have been brought together; any thread. Pairs with the store in {@link #doWork}. */
    boolean isReady() {
        return ready;
    }

    StreamNames names() {
        return names;
    }

    /** Whether decisions can still be made; any thread. Pairs with the store in {@link #decide}. */
    boolean isHealthy() {
        return healthy;
    }

    /** Entries in the metadata log; any thread. Pairs with the store in {@link #doWork}. */
    long metadataIndex() {
        return metadataIndex;
    }

    @Override
    public int doWork() {
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

    /** A log that cannot be written decides nothing any more; data goes on being served. */
    private int decide() {
        if (!healthy) {
            return 0;
        }
        try {
            final int work = coordinator.doWork();
            if (work > 0) {
                metadataIndex = coordinator.nextIndex();
            }
            return work;
        } catch (UncheckedIOException e) {
            healthy = false;
            log.log(NodeLog.Level.ERROR, "metadata_log_failed", "reason", String.valueOf(e.getCause()));
            room.failCoordinator();
            return 1;
        }
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
        room.onCoreAnswer(header.correlationId(), frame, offset, length);
    }

    private void onForwarded(FrameHeaderDecoder header, DirectBuffer frame, int offset, int length) {
        forwarded.wrap(frame, offset + FrameSeal.HEADER_BYTES, header.blockLength(), header.version());
        final UnsafeBuffer inner = CoreLink.copy(frame, offset + FORWARDED_HEAD_BYTES, length - FORWARDED_HEAD_BYTES);
        final kera.codec.client.FrameHeaderDecoder innerHeader = new kera.codec.client.FrameHeaderDecoder();
        final int template = inner.capacity() < FrameSeal.HEADER_BYTES
                ? 0
                : innerHeader.wrap(inner, 0).templateId();
        final Asker asker = new Asker(forwarded.connectionId(), forwarded.reactor(), header.correlationId(), template);
        if (!StreamRequests.isWhole(inner)) {
            room.refuse(asker, ErrorCode.MALFORMED.value(), "frame_bytes", FrameSeal.HEADER_BYTES, inner.capacity());
            return;
        }
        requests.onRequest(asker, inner);
    }
}
