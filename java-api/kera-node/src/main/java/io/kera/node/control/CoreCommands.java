package io.kera.node.control;

import io.kera.wire.FrameSeal;
import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import kera.codec.client.AlterStreamEncoder;
import kera.codec.client.DeleteStreamEncoder;
import kera.codec.client.DescribeStreamEncoder;
import kera.codec.client.ErrorAnswerEncoder;
import kera.codec.client.FrameHeaderEncoder;
import kera.codec.client.ListStreamsEncoder;
import kera.codec.control.ForwardedAnswerEncoder;
import kera.codec.control.GrantProducerIdsEncoder;
import kera.codec.control.OpenStreamEncoder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Encodes messages of the control plane to the core. The control agent's thread. Each call returns the length of its
 * frame, which is in {@link #buffer()} until the next call.
 */
final class CoreCommands {
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final FrameHeaderEncoder clientHeader = new FrameHeaderEncoder();
    private final kera.codec.control.FrameHeaderEncoder header = new kera.codec.control.FrameHeaderEncoder();

    DirectBuffer buffer() {
        return buffer;
    }

    int openStream(long correlationId, long streamId, int term, StreamDefinition stream) {
        final OpenStreamEncoder frame = new OpenStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .streamId(streamId)
                .term(term);
        return seal(correlationId, StreamMessages.write(stream, frame).limit());
    }

    int alterStream(long correlationId, long streamId, StreamAlteration change) {
        final AlterStreamEncoder frame = new AlterStreamEncoder()
                .wrapAndApplyHeader(buffer, 0, clientHeader)
                .streamId(streamId);
        return seal(correlationId, StreamMessages.write(change, frame).limit());
    }

    int deleteStream(long correlationId, long streamId) {
        return seal(
                correlationId,
                new DeleteStreamEncoder()
                        .wrapAndApplyHeader(buffer, 0, clientHeader)
                        .streamId(streamId)
                        .limit());
    }

    int describeStream(long correlationId, long streamId) {
        return seal(
                correlationId,
                new DescribeStreamEncoder()
                        .wrapAndApplyHeader(buffer, 0, clientHeader)
                        .streamId(streamId)
                        .name("")
                        .limit());
    }

    /** The page of streams with ids above {@code after}; 0: the first. */
    int listStreams(long correlationId, long after) {
        return seal(
                correlationId,
                new ListStreamsEncoder()
                        .wrapAndApplyHeader(buffer, 0, clientHeader)
                        .afterStreamId(after)
                        .limit());
    }

    int grantProducerIds(long correlationId, long first, int count) {
        return seal(
                correlationId,
                new GrantProducerIdsEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .firstId(first)
                        .idCount(count)
                        .limit());
    }

    /** An answer to a client, behind the block that says which client. */
    int forwardedAnswer(Requester requester, DirectBuffer answer, int offset, int length) {
        final int head = beginForwarded(requester);
        buffer.putBytes(head, answer, offset, length);
        new FrameHeaderEncoder().wrap(buffer, head).correlationId(requester.correlationId());
        return seal(requester.correlationId(), head + length);
    }

    /** A refusal to a client. */
    int forwardedRefusal(Requester requester, int code, String what, long limit, long value) {
        final int head = beginForwarded(requester);
        final int end = new ErrorAnswerEncoder()
                .wrapAndApplyHeader(buffer, head, clientHeader)
                .code(kera.codec.client.ErrorCode.get(code))
                .templateId(requester.templateId())
                .retryAfterMs(0)
                .limitValue(limit)
                .value(value)
                .what(what)
                .limit();
        return seal(requester.correlationId(), head + FrameSeal.seal(buffer, head, end, requester.correlationId()));
    }

    private int beginForwarded(Requester requester) {
        final int end = new ForwardedAnswerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .connectionId(requester.connectionId())
                .reactor(requester.reactor())
                .limit();
        final int head = BitUtil.align(end, Long.BYTES);
        buffer.setMemory(end, head - end, (byte) 0);
        return head;
    }

    private int seal(long correlationId, int limit) {
        return FrameSeal.seal(buffer, 0, limit, correlationId);
    }
}
