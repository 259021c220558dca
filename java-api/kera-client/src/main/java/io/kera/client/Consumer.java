package io.kera.client;

import io.kera.client.consume.AssignedStreamlet;
import io.kera.client.consume.AssignedStreams;
import io.kera.client.consume.BatchCursor;
import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.session.Checks;
import io.kera.client.session.Refusals;
import io.kera.ffi.NativeConsumer;
import io.kera.ffi.NativeException;
import io.kera.ffi.NativeLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of streamlets, from a chosen start, in offset order.
 *
 * <p>One thread at a time, except {@link #close()}. Records are read in place, where they were received, and nothing is
 * allocated for them. One call into libkera gets many batches, and gives back those of the call before.
 *
 * <pre>{@code
 * try (Consumer consumer = client.consumer()) {
 *     consumer.assign("clicks", 0, Start.earliest());
 *     consumer.poll(record -> System.out.println(record.valueText()), Duration.ofSeconds(1));
 * }
 * }</pre>
 */
public final class Consumer implements AutoCloseable {
    /** Waiting looks again after this long, whatever happens. */
    private static final long SLICE_NS = 1_000_000_000;

    private final KeraClient client;
    private final NativeConsumer nativeConsumer;
    private final UnsafeBuffer batches;
    private final int batchBytes;
    private final int dataAt;
    private final int bytesAt;
    private final int streamAt;
    private final int streamletAt;
    private final int firstOffsetAt;
    private final int nextOffsetAt;
    private final int readableHeadAt;
    private final AssignedStreams assignments;
    private final BatchCursor cursor = new BatchCursor();
    private final RecordView view = new RecordView(cursor);

    private long crossing;
    private int batchCount;
    private int nextBatch;
    private long batchEnd;
    private @Nullable AssignedStreamlet current;

    private Consumer(KeraClient client, NativeConsumer nativeConsumer) {
        this.client = client;
        this.nativeConsumer = nativeConsumer;
        assignments = new AssignedStreams(nativeConsumer::streamlets);
        batches = nativeConsumer.batches();
        batchBytes = nativeConsumer.batchBytes();
        final NativeLayout layout = NativeLayout.get();
        dataAt = layout.offset("kera_batch.data");
        bytesAt = layout.offset("kera_batch.bytes");
        streamAt = layout.offset("kera_batch.stream_id");
        streamletAt = layout.offset("kera_batch.streamlet");
        firstOffsetAt = layout.offset("kera_batch.first_offset");
        nextOffsetAt = layout.offset("kera_batch.next_offset");
        readableHeadAt = layout.offset("kera_batch.readable_head");
    }

    static Consumer open(KeraClient client, ConsumerOptions options) {
        try {
            return new Consumer(client, NativeConsumer.open(client.nativeClient(), options.toNative()));
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }

    /** Begins to read this streamlet from a start. If it is read already, it continues from that start. */
    public void assign(String stream, int streamlet, Start start) {
        final AssignedStreamlet known = find(stream, streamlet);
        final AssignedStreamlet assignment = known == null ? add(stream, streamlet) : known;
        try {
            nativeConsumer.assign(assignment.streamId(), streamlet, start.kind().ordinal(), start.value());
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        restart(assignment, start);
    }

    /**
     * Begins to read every streamlet of a stream. If the stream gets more streamlets later ({@link
     * StreamChange#withStreamlets}), they are read too, from their beginning, without another call.
     */
    public void assign(String stream, Start start) {
        final StreamInfo info = client.admin().describeStream(stream);
        try {
            nativeConsumer.assignStream(
                    info.id(), info.streamlets(), start.kind().ordinal(), start.value());
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        assignments.follow(stream, info.id(), info.streamlets());
        for (int streamlet = 0; streamlet < info.streamlets(); streamlet++) {
            restart(assignments.add(stream, info.id(), streamlet), start);
        }
    }

    /** Stops reading this streamlet. */
    public void unassign(String stream, int streamlet) {
        final AssignedStreamlet assignment = assigned(stream, streamlet);
        try {
            nativeConsumer.unassign(assignment.streamId(), streamlet);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        drop(assignment);
        assignments.remove(assignment);
    }

    /** Continues to read this streamlet from another start. */
    public void seek(String stream, int streamlet, Start start) {
        final AssignedStreamlet assignment = assigned(stream, streamlet);
        try {
            nativeConsumer.seek(assignment.streamId(), streamlet, start.kind().ordinal(), start.value());
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        restart(assignment, start);
    }

    /** Stops reading this streamlet until {@link #resume}. */
    public void pause(String stream, int streamlet) {
        final AssignedStreamlet assignment = assigned(stream, streamlet);
        try {
            nativeConsumer.pause(assignment.streamId(), streamlet);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        drop(assignment);
        assignment.pause(true);
    }

    /** Continues where {@link #pause} stopped. */
    public void resume(String stream, int streamlet) {
        final AssignedStreamlet assignment = assigned(stream, streamlet);
        if (!assignment.isPaused()) {
            return;
        }
        try {
            if (assignment.position() == AssignedStreamlet.UNKNOWN) {
                nativeConsumer.resume(assignment.streamId(), streamlet);
            } else {
                nativeConsumer.seek(
                        assignment.streamId(), streamlet, Start.Kind.OFFSET.ordinal(), assignment.position());
            }
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        assignment.pause(false);
    }

    /** The offset of the next record. It is -1 before the first record if the start was not an offset. */
    public long position(String stream, int streamlet) {
        return assigned(stream, streamlet).position();
    }

    /** The end of the readable records at the broker's last answer; -1: there was no answer yet. */
    public long readableHead(String stream, int streamlet) {
        return assigned(stream, streamlet).readableHead();
    }

    /** Gives the handler every record that has arrived. Waits for a first one at most this long. Returns how many. */
    public int poll(RecordHandler handler, Duration timeout) {
        return poll(handler, Integer.MAX_VALUE, timeout);
    }

    /** As {@link #poll(RecordHandler, Duration)}, with a limit of records. */
    public int poll(RecordHandler handler, int recordsMax, Duration timeout) {
        return poll(handler, recordsMax, timeout.isZero() ? 0 : Checks.notNegative("timeout_ns", timeout));
    }

    /** As {@link #poll(RecordHandler, int, Duration)}, with the time in nanoseconds. */
    public int poll(RecordHandler handler, int recordsMax, long timeoutNs) {
        try {
            nativeConsumer.enter();
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
        try {
            int records = show(handler, recordsMax, 0);
            final long start = timeoutNs == 0 ? 0 : System.nanoTime();
            long left = timeoutNs;
            while (records == 0 && recordsMax > 0) {
                cross(Math.min(left, SLICE_NS));
                records = show(handler, recordsMax, 0);
                left = timeoutNs == 0 ? 0 : timeoutNs - (System.nanoTime() - start);
                if (left <= 0) {
                    break;
                }
            }
            return records;
        } catch (NativeException e) {
            throw Refusals.of(e);
        } finally {
            nativeConsumer.leave();
        }
    }

    /** Copies of the records that have arrived. Easier to use than {@link #poll}, and slower. */
    public List<ConsumerRecord> records(Duration timeout) {
        final List<ConsumerRecord> records = new ArrayList<>();
        poll(record -> records.add(ConsumerRecord.copyOf(record)), timeout);
        return records;
    }

    /** The records that have arrived, as objects. */
    public <K, V> List<TypedRecord<K, V>> records(
            Duration timeout, Deserializer<K> keyDeserializer, Deserializer<V> valueDeserializer) {
        final List<TypedRecord<K, V>> records = new ArrayList<>();
        poll(record -> records.add(TypedRecord.read(record, keyDeserializer, valueDeserializer)), timeout);
        return records;
    }

    /** Copies of records, one after the other, until none has arrived for this long. */
    public Iterable<ConsumerRecord> until(Duration silence) {
        return () -> new Iterator<>() {
            private Iterator<ConsumerRecord> some = List.<ConsumerRecord>of().iterator();

            @Override
            public boolean hasNext() {
                if (!some.hasNext()) {
                    some = records(silence).iterator();
                }
                return some.hasNext();
            }

            @Override
            public ConsumerRecord next() {
                if (!hasNext()) {
                    throw new java.util.NoSuchElementException("no record came in " + silence);
                }
                return some.next();
            }
        };
    }

    @Override
    public void close() {
        nativeConsumer.release();
        client.forget(this);
    }

    private void cross(long timeoutNs) {
        cursor.release();
        current = null;
        batchCount = 0;
        nextBatch = 0;
        crossing++;
        batchCount = nativeConsumer.poll(timeoutNs);
    }

    private int show(RecordHandler handler, int recordsMax, int before) {
        int records = before;
        while (records < recordsMax) {
            final AssignedStreamlet assignment = current;
            if (assignment == null) {
                if (!enterBatch()) {
                    return records;
                }
            } else if (assignment.isStale(crossing)) {
                current = null;
            } else if (cursor.next()) {
                assignment.moveTo(cursor.nextOffset());
                records++;
                handler.onRecord(view);
            } else {
                assignment.moveTo(batchEnd);
                current = null;
            }
        }
        return records;
    }

    private boolean enterBatch() {
        while (nextBatch < batchCount) {
            final int at = nextBatch++ * batchBytes;
            final AssignedStreamlet assignment =
                    assignments.of(batches.getLong(at + streamAt), batches.getInt(at + streamletAt));
            if (assignment != null && !assignment.isStale(crossing) && !assignment.isPaused()) {
                cursor.wrap(
                        batches.getLong(at + dataAt),
                        Math.toIntExact(batches.getLong(at + bytesAt)),
                        batches.getLong(at + firstOffsetAt),
                        assignment);
                assignment.noteReadableHead(batches.getLong(at + readableHeadAt));
                batchEnd = batches.getLong(at + nextOffsetAt);
                current = assignment;
                return true;
            }
        }
        return false;
    }

    private void restart(AssignedStreamlet assignment, Start start) {
        drop(assignment);
        assignment.pause(false);
        assignment.moveTo(start.kind() == Start.Kind.OFFSET ? start.value() : AssignedStreamlet.UNKNOWN);
    }

    /** Records that were received of it are given back with the next call into libkera. */
    private void drop(AssignedStreamlet assignment) {
        assignment.drop(crossing);
    }

    private AssignedStreamlet add(String stream, int streamlet) {
        final StreamInfo info = client.admin().describeStream(stream);
        Checks.within("streamlet", streamlet, 0, info.streamlets() - 1);
        return assignments.add(stream, info.id(), streamlet);
    }

    private AssignedStreamlet assigned(String stream, int streamlet) {
        final AssignedStreamlet found = find(stream, streamlet);
        if (found == null) {
            throw KeraException.of(ErrorCode.INVALID_ARGUMENT, "not_assigned " + stream, 0, streamlet);
        }
        return found;
    }

    private @Nullable AssignedStreamlet find(String stream, int streamlet) {
        try {
            return assignments.find(stream, streamlet);
        } catch (NativeException e) {
            throw Refusals.of(e);
        }
    }
}
