package io.kera.node.control;

import io.kera.node.log.NodeLog;
import kera.codec.metadata.FrameHeaderDecoder;
import kera.codec.metadata.ProducerIdsReservedDecoder;

/**
 * Gives the core ranges of producer ids. Each is reserved in the metadata first, so that no id is given out again
 * after a restart. The control agent's thread. The rest of a range is lost when the node stops; there are enough ids.
 */
final class ProducerIdGrants {
    private static final int RANGE = 10_000;

    private final ControlRoom room;
    private final NodeLog log;
    private boolean granting;
    private boolean owed;

    ProducerIdGrants(ControlRoom room, NodeLog log) {
        this.room = room;
        this.log = log;
    }

    void grant() {
        if (!granting) {
            granting = true;
            owed = false;
            reserve(0);
        }
    }

    private void reserve(long firstIdMin) {
        room.askCoordinator((to, id) -> to.reserveProducerIds(id, firstIdMin, RANGE), decision -> {
            if (decision.isRefusal()) {
                failed(decision.what(), decision.limit(), decision.value());
                return;
            }
            final ProducerIdsReservedDecoder reserved =
                    new ProducerIdsReservedDecoder().wrapAndApplyHeader(decision.event(), 0, new FrameHeaderDecoder());
            final long first = reserved.firstId();
            final int count = reserved.idCount();
            room.askCore((to, id) -> to.grantProducerIds(id, first, count), answer -> onGranted(first, answer));
        });
    }

    /** The data may have ids already, if a core ran alone. Then the next range begins above them. */
    private void onGranted(long first, CoreAnswer answer) {
        if (!answer.isRefusal()) {
            granting = false;
        } else if ("first_producer_id".equals(answer.what()) && answer.limit() > first) {
            reserve(answer.limit());
        } else {
            failed(answer.what(), answer.limit(), answer.value());
        }
    }

    /** The core asks once. So a range that could not be granted is granted when the metadata can be written again. */
    void resume() {
        if (owed) {
            grant();
        }
    }

    private void failed(String what, long limit, long value) {
        granting = false;
        owed = true;
        log.log(NodeLog.Level.ERROR, "producer_ids_not_granted", "what", what, "limit", limit, "value", value);
    }
}
