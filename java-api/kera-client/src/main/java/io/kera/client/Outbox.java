package io.kera.client;

import io.kera.ffi.NativeProducer;
import io.kera.ffi.PlaceLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A producer's places that are free, and the outcomes of those that were filled.
 *
 * <p>What comes from the loop may be read by any thread that has the lock, which is held for a few instructions and
 * never while anybody waits. Invariant: a place is free here, open in the hands of the producer's thread, or the loop's.
 */
final class Outbox {
    private static final int WANTED_AT_ONCE = 8;

    private final NativeProducer producer;
    private final ToLoop toLoop;
    private final OneToOneRingBuffer fromLoop;
    final UnsafeBuffer states;
    private final int chunkBytes;
    private final MessageHandler reader = this::onMessage;

    private final AtomicBoolean lock = new AtomicBoolean();
    private final List<Place> places = new ArrayList<>();
    private final ArrayDeque<Place> free = new ArrayDeque<>();
    private final ArrayDeque<Place> large = new ArrayDeque<>();
    private final ArrayDeque<Place> toReturn = new ArrayDeque<>();
    private final ArrayDeque<Completions> settled = new ArrayDeque<>();
    private final ArrayDeque<Completions> spare = new ArrayDeque<>();
    private long messagesRead;
    private long messagesAtTake;
    private long askedRead;
    private int wanted;
    private boolean noneLeft;
    private int regionMin;
    private boolean closed;
    private long pending;
    private @Nullable KeraException refused;
    private @Nullable KeraException fenced;

    Outbox(NativeProducer producer, ToLoop toLoop) {
        this.producer = producer;
        this.toLoop = toLoop;
        fromLoop = producer.fromLoop();
        states = producer.states();
        chunkBytes = producer.chunkBytes();
    }

    void lock() {
        int spins = 0;
        while (!lock.compareAndSet(false, true)) {
            if (++spins > 100) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    void unlock() {
        lock.set(false);
    }

    // ---- The producer's thread.

    /**
     * A free place with that much room, for a streamlet that has fewer than {@code chunksMax} on their way; null: not
     * now. Asks for more where there may be more. Throws where no place can be had ever.
     */
    @Nullable
    Place take(OpenChunk chunk, int bytes, int chunksMax) {
        final boolean ordinary = bytes <= chunkBytes;
        @Nullable Place taken = null;
        int ask = 0;
        lock();
        readRing();
        messagesAtTake = messagesRead;
        final KeraException why = refusal(chunk);
        refused = null;
        if (why == null && chunk.unsettled < chunksMax) {
            taken = ordinary ? free.pollFirst() : takeLarge(bytes);
            ask = ordinary && taken == null && wanted == 0 && !noneLeft ? WANTED_AT_ONCE : 0;
            wanted += ask;
        }
        final boolean returns = !toReturn.isEmpty();
        unlock();
        if (why != null) {
            throw Errors.again(why);
        }
        if (returns) {
            returnPlaces();
        }
        for (int i = 0; i < ask; i++) {
            toLoop.wanted(chunkBytes);
        }
        return taken;
    }

    /**
     * Until there may be a place again, where there was none now. Where too much is on its way, until a quarter of that
     * has its outcome: each wait costs a switch of threads.
     */
    void awaitPlace(OpenChunk chunk, int chunksMax, long timeoutNs) {
        final int outcomes = unsettled(chunk) < chunksMax ? 1 : Math.max(1, chunksMax / 4);
        producer.await(messagesAtTake + outcomes, Long.MAX_VALUE, timeoutNs);
    }

    /** Until there may be callbacks to run. The callbacks' thread. */
    void awaitOutcomes(long timeoutNs) {
        lock();
        final long asked = settled.isEmpty() ? askedRead + 1 : 0;
        unlock();
        producer.await(Long.MAX_VALUE, asked, timeoutNs);
    }

    private @Nullable KeraException refusal(OpenChunk chunk) {
        if (closed) {
            return KeraException.closed("producer");
        }
        return fenced != null ? fenced : refused != null ? refused : chunk.stopped;
    }

    /** Asks for room for a large record; everything that is free goes back, so that there may be a run of it. */
    void wantLarge(int bytes) {
        lock();
        toReturn.addAll(free);
        free.clear();
        noneLeft = false;
        unlock();
        returnPlaces();
        toLoop.wanted(bytes);
    }

    /** A place that nothing was committed to. */
    void putBack(Place place) {
        lock();
        place.target = null;
        makeFree(place);
        unlock();
    }

    private void returnPlaces() {
        for (; ; ) {
            lock();
            final Place place = toReturn.poll();
            unlock();
            if (place == null) {
                return;
            }
            toLoop.returned(place);
        }
    }

    // ---- With the lock.

    /** REQUIRES: the lock. */
    void addCompletion(Place place, int record, SendCallback callback) {
        Completions completions = place.completions;
        if (completions == null) {
            completions = spare.isEmpty() ? new Completions() : spare.pollLast();
            place.completions = completions;
            states.putIntOrdered(place.stateAt + PlaceLayout.STATE_ASKED, 1);
        }
        completions.add(record, callback);
        pending++;
    }

    /** REQUIRES: the lock. */
    void removeCompletion(Place place) {
        final Completions completions = place.completions;
        if (completions != null) {
            completions.removeLast();
            pending--;
        }
    }

    int unsettled(OpenChunk chunk) {
        lock();
        final int count = chunk.unsettled;
        unlock();
        return count;
    }

    void recovered(OpenChunk chunk) {
        lock();
        readRing();
        chunk.stopped = null;
        unlock();
    }

    /** Records whose callbacks have not run. */
    long pending() {
        lock();
        final long count = pending;
        unlock();
        return count;
    }

    /** Runs callbacks of what is settled. Returns how many chunks that was. One thread at a time. */
    int runCompletions() {
        int chunks = 0;
        for (; ; ) {
            lock();
            readRing();
            final Completions next = settled.poll();
            unlock();
            if (next == null) {
                return chunks;
            }
            final int records = next.count();
            next.run();
            lock();
            pending -= records;
            spare.addLast(next);
            unlock();
            chunks++;
        }
    }

    /**
     * Runs what is settled, fails what is not, and touches nothing native any more. The callbacks' thread has ended.
     */
    void close() {
        runCompletions();
        final KeraException why = KeraException.closed("producer");
        lock();
        closed = true;
        for (final Place place : places) {
            final Completions left = place.completions;
            final OpenChunk chunk = place.target;
            if (left != null && chunk != null) {
                left.settle(chunk, -1, -1, false, why);
                settled.addLast(left);
                place.completions = null;
            }
        }
        unlock();
        runCompletions();
    }

    private @Nullable Place takeLarge(int bytes) {
        Place taken = large.pollLast();
        if (taken != null && taken.memory.capacity() < bytes) {
            toReturn.add(taken);
            taken = null;
        }
        return taken;
    }

    private void readRing() {
        if (!closed) {
            fromLoop.read(reader);
        }
    }

    private void onMessage(int type, MutableDirectBuffer ring, int at, int length) {
        messagesRead++;
        switch (type) {
            case PlaceLayout.SETTLED -> onSettled(ring, at);
            case PlaceLayout.GRANTED -> onGranted(ring, at);
            case PlaceLayout.NONE_LEFT -> {
                wanted--;
                noneLeft = true;
            }
            case PlaceLayout.REFUSED -> refused = Errors.read(ring, at);
            case PlaceLayout.REGION_RETIRED -> onRegionRetired(ring.getInt(at + PlaceLayout.RETIRED_REGION_MIN));
            default -> throw new IllegalStateException("message type=" + type);
        }
    }

    private void onGranted(MutableDirectBuffer ring, int at) {
        final int number = ring.getInt(at + PlaceLayout.GRANTED_PLACE);
        while (places.size() <= number) {
            places.add(new Place(places.size(), places.size() * PlaceLayout.STATE_BYTES));
        }
        final Place place = places.get(number);
        place.memory.wrap(
                ring.getLong(at + PlaceLayout.GRANTED_ADDRESS),
                Math.toIntExact(ring.getLong(at + PlaceLayout.GRANTED_ROOM)));
        place.region = ring.getInt(at + PlaceLayout.GRANTED_REGION);
        if (place.memory.capacity() > chunkBytes) {
            large.addLast(place);
        } else {
            wanted--;
            makeFree(place);
        }
    }

    private void onSettled(MutableDirectBuffer ring, int at) {
        final Place place = places.get(ring.getInt(at + PlaceLayout.SETTLED_PLACE));
        final int flags = ring.getInt(at + PlaceLayout.SETTLED_FLAGS);
        final int code = ring.getInt(at + PlaceLayout.SETTLED_CODE);
        final KeraException why = code == 0 ? null : Errors.read(ring, at);
        final OpenChunk chunk = place.target;
        if (chunk == null) {
            throw new IllegalStateException("settled twice: place=" + place.number);
        }
        chunk.unsettled--;
        askedRead += (flags & PlaceLayout.SETTLED_ASKED) != 0 ? 1 : 0;
        if (why != null && (flags & PlaceLayout.SETTLED_STOPPED) != 0) {
            chunk.stopped = why;
        }
        if (why != null && (flags & PlaceLayout.SETTLED_FENCED) != 0) {
            fenced = why;
        }
        final Completions completions = place.completions;
        if (completions != null) {
            completions.settle(
                    chunk,
                    ring.getLong(at + PlaceLayout.SETTLED_BASE_OFFSET),
                    ring.getLong(at + PlaceLayout.SETTLED_APPEND_TIME),
                    (flags & PlaceLayout.SETTLED_DUPLICATE) != 0,
                    why);
            settled.addLast(completions);
            place.completions = null;
        }
        place.target = null;
        makeFree(place);
    }

    private void onRegionRetired(int min) {
        regionMin = min;
        noneLeft = false;
        for (int i = free.size(); i > 0; i--) {
            makeFree(free.pollFirst());
        }
    }

    private void makeFree(Place place) {
        if (place.region < regionMin || place.memory.capacity() > chunkBytes) {
            toReturn.addLast(place);
        } else {
            free.addLast(place);
        }
    }
}
