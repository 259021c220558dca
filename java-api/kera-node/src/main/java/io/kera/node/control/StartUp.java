package io.kera.node.control;

import io.kera.coordinator.MetadataState;
import io.kera.coordinator.StreamMetadata;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.log.NodeLog;
import io.kera.wire.FrameSeal;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.client.StreamAnswerDecoder;
import kera.codec.client.StreamListAnswerDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Makes the core follow the metadata when a node starts. Missing streams are opened, different settings are altered, and
 * interrupted deletions are finished. Streams that only the core knows are added to the metadata (a core that ran alone
 * may have filled the folder). The control agent's thread; used once.
 */
final class StartUp {
    private final ControlRoom room;
    private final StreamRequests requests;
    private final ProducerIdGrants producerIds;
    private final StreamNames names;
    private final NodeLog log;
    private final int nodeId;
    private final String nodeName;
    private final boolean keepsData;

    StartUp(
            ControlRoom room,
            StreamRequests requests,
            ProducerIdGrants producerIds,
            StreamNames names,
            NodeLog log,
            NodeConfig config) {
        this.room = room;
        this.requests = requests;
        this.producerIds = producerIds;
        this.names = names;
        this.log = log;
        nodeId = config.get(NodeKeys.NODE_ID);
        nodeName = config.get(NodeKeys.NODE_NAME);
        keepsData = config.get(NodeKeys.DATA_KEEP);
    }

    /** Asks all questions. The work is done when {@link ControlRoom#isQuiet}. */
    void begin() {
        final UUID fresh = UUID.randomUUID();
        room.askCoordinator((to, id) -> to.foundCluster(id, fresh), decision -> {});
        room.askCoordinator((to, id) -> to.registerNode(id, nodeId, nodeName), decision -> {});
        producerIds.grant();
        list(0, new HashSet<>());
    }

    /** Lists page by page, because all streams would not fit into the ring. */
    private void list(long after, Set<Long> inCore) {
        room.askCore((to, id) -> to.listStreams(id, after), answer -> onListed(answer, after, inCore));
    }

    private void onListed(CoreAnswer answer, long after, Set<Long> inCore) {
        if (answer.isRefusal()) {
            log.log(
                    NodeLog.Level.WARN,
                    "streams_not_listed",
                    "what",
                    answer.what(),
                    "limit",
                    answer.limit(),
                    "value",
                    answer.value());
        } else {
            final StreamListAnswerDecoder page =
                    new StreamListAnswerDecoder().wrapAndApplyHeader(answer.frame(), 0, new FrameHeaderDecoder());
            final boolean more = page.more() == 1;
            long last = after;
            for (final StreamListAnswerDecoder.StreamsDecoder one : page.streams()) {
                last = one.streamId();
                inCore.add(last);
                one.skipName();
            }
            if (more && last > after) {
                list(last, inCore);
                return;
            }
        }
        final MetadataState state = room.coordinator().state();
        for (final StreamMetadata stream : List.copyOf(state.streams())) {
            if (stream.isDeleted()) {
                requests.drop(stream.id(), dropped -> {});
            } else {
                names.put(stream.id(), stream.definition().name());
                open(stream);
            }
            inCore.remove(stream.id());
        }
        inCore.forEach(this::adopt);
    }

    /**
     * The core answers {@code STREAM_EXISTS} for a stream on disk, which it serves from then on, and {@code CORRUPT} for
     * one that is set aside.
     */
    private void open(StreamMetadata stream) {
        final StreamDefinition definition = stream.definition();
        final int term = stream.term(0);
        room.askCore((to, id) -> to.openStream(id, stream.id(), term, definition), answer -> {
            if (answer.code() == kera.codec.client.ErrorCode.STREAM_EXISTS.value()) {
                room.askCore((to, id) -> to.describeStream(id, stream.id()), found -> compare(stream, found));
                return;
            }
            if (!answer.isRefusal() || answer.code() == kera.codec.client.ErrorCode.CORRUPT.value()) {
                noteOpened(stream);
            }
            if (answer.isRefusal()) {
                failed("stream_not_opened", definition.name(), answer);
            } else if (keepsData) {
                log.log(
                        NodeLog.Level.WARN,
                        "stream_opened_empty",
                        "stream",
                        definition.name(),
                        "stream_id",
                        stream.id(),
                        "because",
                        "the data folder has no trace of it, and it was never opened: the node stopped while it was"
                                + " being created");
            }
        });
    }

    private void noteOpened(StreamMetadata stream) {
        if (!stream.isOpened()) {
            requests.noteOpened(stream.id(), () -> {});
        }
    }

    private void compare(StreamMetadata stream, CoreAnswer answer) {
        if (answer.isRefusal()) {
            failed("stream_id_differs_in_core", stream.definition().name(), answer);
            return;
        }
        noteOpened(stream);
        final StreamDefinition wanted = stream.definition();
        final StreamDefinition found = definition(answer);
        if (found.lanes() > wanted.lanes() || found.streamlets() > wanted.streamlets()) {
            // They have data, and are never removed. So the metadata takes their numbers first.
            final StreamAlteration more = new StreamAlteration(
                    Math.max(found.streamlets(), wanted.streamlets()),
                    Math.max(found.lanes(), wanted.lanes()),
                    wanted.ackLevelMin(),
                    wanted.retentionMs(),
                    wanted.retentionBytes());
            room.askCoordinator((to, id) -> to.alterStream(id, stream.id(), more), decision -> {
                if (!decision.isRefusal()) {
                    room.askCore((to, id) -> to.describeStream(id, stream.id()), taken -> alter(stream, taken));
                }
            });
            return;
        }
        alter(stream, answer);
    }

    private void alter(StreamMetadata stream, CoreAnswer answer) {
        final @Nullable StreamMetadata now = room.coordinator().state().stream(stream.id());
        final StreamDefinition wanted = now == null ? stream.definition() : now.definition();
        if (answer.isRefusal()) {
            failed("stream_not_altered", wanted.name(), answer);
            return;
        }
        if (!wanted.equals(definition(answer))) {
            room.askCore((to, id) -> to.alterStream(id, stream.id(), StreamAlteration.to(wanted)), altered -> {
                if (altered.isRefusal()) {
                    failed("stream_not_altered", wanted.name(), altered);
                }
            });
        }
    }

    /** The core has the stream, and serves it from now on. */
    private void lead(long stream, StreamDefinition found) {
        room.askCore((to, id) -> to.openStream(id, stream, StreamMetadata.FIRST_TERM, found), answer -> {
            if (answer.code() != kera.codec.client.ErrorCode.STREAM_EXISTS.value()) {
                failed("stream_not_led", found.name(), answer);
            }
        });
    }

    private void adopt(long stream) {
        room.askCore((to, id) -> to.describeStream(id, stream), answer -> {
            if (answer.isRefusal()) {
                failed("stream_not_adopted", Long.toString(stream), answer);
                return;
            }
            final StreamDefinition found = definition(answer);
            room.askCoordinator((to, id) -> to.createStream(id, stream, nodeId, found), decision -> {
                if (decision.isRefusal()) {
                    log.log(
                            NodeLog.Level.ERROR,
                            "stream_not_adopted",
                            "stream",
                            found.name(),
                            "what",
                            decision.what(),
                            "limit",
                            decision.limit(),
                            "value",
                            decision.value());
                    return;
                }
                names.put(stream, found.name());
                requests.noteOpened(stream, () -> {});
                lead(stream, found);
                log.log(NodeLog.Level.INFO, "stream_adopted", "stream", found.name(), "stream_id", stream);
            });
        });
    }

    private void failed(String event, String stream, CoreAnswer answer) {
        log.log(
                NodeLog.Level.ERROR,
                event,
                "stream",
                stream,
                "what",
                answer.what(),
                "limit",
                answer.limit(),
                "value",
                answer.value());
    }

    private static StreamDefinition definition(CoreAnswer answer) {
        final StreamAnswerDecoder decoder = new StreamAnswerDecoder();
        final FrameHeaderDecoder header = new FrameHeaderDecoder().wrap(answer.frame(), 0);
        return StreamMessages.read(
                decoder.wrap(answer.frame(), FrameSeal.HEADER_BYTES, header.blockLength(), header.version()));
    }
}
