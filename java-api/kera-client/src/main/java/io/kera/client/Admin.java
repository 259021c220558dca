package io.kera.client;

import io.kera.client.errors.CorruptDataException;
import io.kera.client.errors.StreamExistsException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.client.session.BrokerCalls;
import io.kera.client.session.Refusals;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import kera.codec.client.AlterStreamEncoder;
import kera.codec.client.CreateStreamEncoder;
import kera.codec.client.DeleteBeforeEncoder;
import kera.codec.client.DeleteStreamEncoder;
import kera.codec.client.DescribeNodeAnswerDecoder;
import kera.codec.client.DescribeNodeEncoder;
import kera.codec.client.DescribeStreamEncoder;
import kera.codec.client.DoneAnswerDecoder;
import kera.codec.client.FrameHeaderDecoder;
import kera.codec.client.ListOffsetsAnswerDecoder;
import kera.codec.client.ListOffsetsEncoder;
import kera.codec.client.ListStreamsEncoder;
import kera.codec.client.StreamAnswerDecoder;
import kera.codec.client.StreamListAnswerDecoder;
import org.agrona.DirectBuffer;

/**
 * Calls to the broker about streams, offsets and the node. Each call waits for its answer.
 *
 * <p>Any thread may call it. Without an I/O thread, only the thread that drives the client may.
 *
 * <pre>{@code
 * client.admin().createStream("clicks", StreamSettings.DEFAULT.withStreamlets(4));
 * long end = client.admin().findOffset("clicks", 0, OffsetSpec.latest());
 * }</pre>
 */
public final class Admin {
    private static final int NAME_BYTES_MAX = 249;

    private final BrokerCalls calls;

    Admin(BrokerCalls calls) {
        this.calls = calls;
    }

    /**
     * Creates a stream.
     *
     * @throws StreamExistsException a stream of this name exists already
     */
    public StreamInfo createStream(String name, StreamSettings settings) {
        checkName(name);
        return calls.call(
                (frame, header) -> StreamMessages.write(
                                settings.toDefinition(name),
                                new CreateStreamEncoder()
                                        .wrapAndApplyHeader(frame, 0, header)
                                        .streamId(-1))
                        .limit(),
                Admin::readStream);
    }

    /**
     * Returns a stream's id, term and settings.
     *
     * @throws UnknownStreamException there is no stream of this name
     */
    public StreamInfo describeStream(String name) {
        checkName(name);
        return calls.call(
                (frame, header) -> new DescribeStreamEncoder()
                        .wrapAndApplyHeader(frame, 0, header)
                        .streamId(-1)
                        .name(name)
                        .limit(),
                Admin::readStream);
    }

    /** Returns all streams, ordered by id. */
    public List<ListedStream> listStreams() {
        final List<ListedStream> streams = new ArrayList<>();
        boolean more = true;
        while (more) {
            final long after =
                    streams.isEmpty() ? 0 : streams.get(streams.size() - 1).id();
            more = calls.call(
                    (frame, header) -> new ListStreamsEncoder()
                            .wrapAndApplyHeader(frame, 0, header)
                            .afterStreamId(after)
                            .limit(),
                    frame -> addPage(frame, after, streams));
        }
        return List.copyOf(streams);
    }

    /** Returns whether more streams follow this page. */
    private static boolean addPage(DirectBuffer frame, long after, List<ListedStream> streams) {
        final StreamListAnswerDecoder page =
                new StreamListAnswerDecoder().wrapAndApplyHeader(frame, 0, new FrameHeaderDecoder());
        final boolean more = page.more() == 1;
        long last = after;
        for (final StreamListAnswerDecoder.StreamsDecoder one : page.streams()) {
            last = one.streamId();
            final int streamlets = one.streamlets();
            streams.add(new ListedStream(one.name(), last, streamlets));
        }
        return more && last > after;
    }

    /**
     * Changes the settings that the change names, and leaves the others.
     *
     * <p>{@link StreamChange#withStreamlets} says what more streamlets mean for the order of records.
     */
    public StreamInfo alterStream(String name, StreamChange change) {
        final long id = describeStream(name).id();
        return calls.call(
                (frame, header) -> StreamMessages.write(
                                change.toAlteration(),
                                new AlterStreamEncoder()
                                        .wrapAndApplyHeader(frame, 0, header)
                                        .streamId(id))
                        .limit(),
                Admin::readStream);
    }

    /** Deletes a stream and all its records. This includes a stream that the node has set aside. */
    public void deleteStream(String name) {
        final long id = idToDelete(name);
        calls.call(
                (frame, header) -> new DeleteStreamEncoder()
                        .wrapAndApplyHeader(frame, 0, header)
                        .streamId(id)
                        .limit(),
                Admin::readDone);
    }

    private long idToDelete(String name) {
        try {
            return describeStream(name).id();
        } catch (CorruptDataException e) {
            if ("stream_set_aside".equals(e.what())) {
                return e.value();
            }
            throw e;
        }
    }

    /** Returns the offset of the first record, the offset after the last one, or the first offset at or after a time. */
    public long findOffset(String name, int streamlet, OffsetSpec which) {
        final long id = describeStream(name).id();
        return calls.call(
                (frame, header) -> new ListOffsetsEncoder()
                        .wrapAndApplyHeader(frame, 0, header)
                        .streamId(id)
                        .timestampMs(which.wireTime())
                        .streamletId(streamlet)
                        .limit(),
                frame -> new ListOffsetsAnswerDecoder()
                        .wrapAndApplyHeader(frame, 0, new FrameHeaderDecoder())
                        .recordOffset());
    }

    /**
     * Deletes the records below an offset. They cannot be read any more when this returns; their memory and files are
     * freed later, in whole groups. An offset beyond the last readable record deletes all records that are readable.
     *
     * @return the offset at which the streamlet starts now
     */
    public long deleteBefore(String name, int streamlet, long offset) {
        final long id = describeStream(name).id();
        return calls.call(
                (frame, header) -> new DeleteBeforeEncoder()
                        .wrapAndApplyHeader(frame, 0, header)
                        .streamId(id)
                        .recordOffset(offset)
                        .streamletId(streamlet)
                        .limit(),
                Admin::readDone);
    }

    /** Returns memory and counters of the connected node. */
    public NodeInfo describeNode() {
        return calls.call(
                (frame, header) -> new DescribeNodeEncoder()
                        .wrapAndApplyHeader(frame, 0, header)
                        .limit(),
                frame -> {
                    final DescribeNodeAnswerDecoder answer =
                            new DescribeNodeAnswerDecoder().wrapAndApplyHeader(frame, 0, new FrameHeaderDecoder());
                    final List<NodeInfo.Counter> counters = new ArrayList<>();
                    for (final DescribeNodeAnswerDecoder.CountersDecoder one : answer.counters()) {
                        final long value = one.value();
                        counters.add(new NodeInfo.Counter(one.label(), value));
                    }
                    return new NodeInfo(
                            answer.nodeId(),
                            answer.reactorCount(),
                            answer.arenaBytes(),
                            answer.arenaUsedBytes(),
                            counters);
                });
    }

    private static StreamInfo readStream(DirectBuffer frame) {
        final StreamAnswerDecoder answer =
                new StreamAnswerDecoder().wrapAndApplyHeader(frame, 0, new FrameHeaderDecoder());
        final StreamDefinition stream = StreamMessages.read(answer);
        return new StreamInfo(stream.name(), answer.streamId(), answer.term(), StreamSettings.of(stream));
    }

    private static long readDone(DirectBuffer frame) {
        return new DoneAnswerDecoder()
                .wrapAndApplyHeader(frame, 0, new FrameHeaderDecoder())
                .value();
    }

    private static void checkName(String name) {
        final int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > NAME_BYTES_MAX) {
            throw Refusals.invalid("stream_name_bytes", bytes == 0 ? 1 : NAME_BYTES_MAX, bytes);
        }
    }
}
