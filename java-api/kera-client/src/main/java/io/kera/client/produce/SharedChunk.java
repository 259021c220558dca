package io.kera.client.produce;

import io.kera.ffi.SharedChunkLayout;
import io.kera.wire.ChunkLayout;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A chunk buffer that the loop has lent to this producer, with what is known of the chunk in it.
 *
 * <p>While it is open: the producer's thread, or any thread that has reserved a record. Before and afterwards whoever has
 * the lock of {@link SharedChunks}. Borrows the memory. Invariant: what is written here for one opening is written before
 * the word of that opening, so a thread whose compare-and-set of the word succeeds has read nothing of another one.
 */
public final class SharedChunk {
    /** Of {@link #reserve}: the chunk takes no such record. */
    static final long NOT_RESERVED = -1;

    private final int number;
    private final UnsafeBuffer states;
    /** Where its word, and the rest of its state, lie among the states. */
    private final int stateAt;

    private final UnsafeBuffer memory = new UnsafeBuffer(0, 0);
    private int region;
    /** The streamlet that its records go to, from opening to settling. */
    private @Nullable OpenChunk target;
    /** Who had it last, and may still believe that it has; the producer's thread alone. */
    private @Nullable OpenChunk holder;

    private long firstTimestampMs;
    private @Nullable ChunkCallbacks callbacks;
    /** Whether somebody waits for the outcome of a record. */
    private final AtomicBoolean expected = new AtomicBoolean();

    /** Of one thread: the word as it wrote it last. Of many: what it was when the chunk was opened. */
    private long word;

    private int position;
    private int recordCount;
    private boolean ownTimes;
    private int generation;

    /** Of many threads: what they have reserved and could not write. */
    int unwrittenBytes;

    int unwrittenRecords;

    SharedChunk(int number, UnsafeBuffer states) {
        this.number = number;
        this.states = states;
        stateAt = number * SharedChunkLayout.STATE_BYTES;
    }

    /** By which messages name it. */
    public int number() {
        return number;
    }

    /** Where records go. */
    public MutableDirectBuffer memory() {
        return memory;
    }

    /** What times of records are relative to. */
    public long firstTimestampMs() {
        return firstTimestampMs;
    }

    int room() {
        return memory.capacity();
    }

    int region() {
        return region;
    }

    @Nullable
    OpenChunk target() {
        return target;
    }

    /** It is no more free, and not open yet. */
    void setTarget(OpenChunk chunk) {
        target = chunk;
    }

    /** The loop has lent it. */
    void lend(long address, int room, int fromRegion) {
        memory.wrap(address, room);
        region = fromRegion;
    }

    /** Callbacks of records that come. */
    void attach(ChunkCallbacks empty) {
        callbacks = empty;
    }

    int callbackRoom() {
        final ChunkCallbacks mine = callbacks;
        return mine == null ? 0 : mine.room();
    }

    /** Nothing of it is on its way any more. The callbacks of its records, if it has some. */
    @Nullable
    ChunkCallbacks settle() {
        target = null;
        if (!expected.getPlain()) {
            return null;
        }
        expected.setPlain(false);
        final ChunkCallbacks settled = callbacks;
        callbacks = null;
        return settled;
    }

    /** Nothing was committed to it that somebody waits for. Whether that was expected. */
    boolean dropExpected() {
        target = null;
        return expected.compareAndSet(true, false);
    }

    /** Whether a record that has such a time may come to it. */
    boolean reaches(long timestampMs) {
        final long delta = timestampMs - firstTimestampMs;
        return delta == (int) delta;
    }

    /** Some record brings its own time; before it is committed. */
    private void noteOwnTime() {
        states.putIntOrdered(stateAt + SharedChunkLayout.STATE_OWN_TIMES, 1);
    }

    /** The loop tells chunks that somebody waits for; before a record of which that holds is committed. */
    private void noteAsked() {
        states.putIntOrdered(stateAt + SharedChunkLayout.STATE_ASKED, 1);
    }

    private long wordNow() {
        return states.getLongVolatile(stateAt + SharedChunkLayout.STATE_WORD);
    }

    /** False: it is not that any more. */
    boolean changeWord(long from, long to) {
        return states.compareAndSetLong(stateAt + SharedChunkLayout.STATE_WORD, from, to);
    }

    // ---- One thread.

    /** One streamlet has it from here on: the one before, for which the loop sent it by itself, forgets it now. */
    void begin(OpenChunk chunk, long timestampMs) {
        if (holder != null) {
            holder.forget(this);
        }
        holder = chunk;
        target = chunk;
        word = ChunkLayout.HEADER_BYTES;
        position = ChunkLayout.HEADER_BYTES;
        recordCount = 0;
        firstTimestampMs = timestampMs;
        ownTimes = false;
    }

    /** Behind what is committed. */
    public int position() {
        return position;
    }

    /** Records that are committed. */
    public int recordCount() {
        return recordCount;
    }

    boolean fits(int bytes) {
        return bytes <= memory.capacity() - position;
    }

    /** Whether the loop has not closed it. */
    boolean isOpen() {
        return wordNow() == word;
    }

    void bringOwnTime() {
        if (!ownTimes) {
            ownTimes = true;
            noteOwnTime();
        }
    }

    /** Where the callback of the record goes that is committed next. */
    ChunkCallbacks callbacks(Callbacks all) {
        ChunkCallbacks mine = callbacks;
        if (mine == null) {
            mine = new ChunkCallbacks(Math.max(1, all.room()));
            callbacks = mine;
        }
        if (recordCount >= mine.room()) {
            all.wantRoom(recordCount);
            mine.grow(all.room());
        }
        return mine;
    }

    /** Somebody waits for a record that is committed next. True: for the first one of the chunk. */
    boolean expect() {
        if (expected.getPlain()) {
            return false;
        }
        expected.setPlain(true);
        noteAsked();
        return true;
    }

    /** Makes the record at {@link #position()} count. False: the loop has closed the chunk. */
    boolean commit(int bytes) {
        final long next = word + SharedChunkLayout.ONE_RECORD + bytes;
        if (!changeWord(word, next)) {
            return false;
        }
        word = next;
        position += bytes;
        recordCount++;
        return true;
    }

    // ---- Many threads.

    /** One streamlet, and one thread until {@link #publish}, have it. */
    void beginForThreads(OpenChunk chunk, long timestampMs) {
        generation = generation == ChunkWord.GENERATION_MAX ? 1 : generation + 1;
        target = chunk;
        firstTimestampMs = timestampMs;
        word = ChunkWord.empty(generation);
        position = ChunkLayout.HEADER_BYTES;
    }

    /** The first record is written. Others may reserve behind it, unless the chunk is closed. */
    boolean publish(int bytes, boolean closed) {
        final long first = ChunkWord.with(word, bytes);
        states.putLong(stateAt + SharedChunkLayout.STATE_COMMITTED, ChunkWord.bytes(first));
        final boolean full = closed || bytes > roomBehind(first);
        states.putLongVolatile(stateAt + SharedChunkLayout.STATE_WORD, full ? ChunkWord.closed(first) : first);
        return !full;
    }

    /**
     * Room for one record of a streamlet, behind what was reserved before, which is returned. It is the calling thread's
     * until it commits. The last record that fits closes the chunk.
     *
     * @param ownTime whether the record brings its own time, {@code timestampMs}
     */
    long reserve(OpenChunk from, int bytes, boolean withCallback, boolean ownTime, long timestampMs) {
        long now = wordNow();
        while (!ChunkWord.isClosed(now)
                && target == from
                && bytes <= roomBehind(now)
                && (!withCallback || ChunkWord.records(now) < callbackRoom())
                && (!ownTime || reaches(timestampMs))) {
            final long next = ChunkWord.with(now, bytes);
            final boolean full = bytes > roomBehind(next);
            if (changeWord(now, full ? ChunkWord.closed(next) : next)) {
                return now;
            }
            // Another processor has the word. It is faster for both to let it go on alone for a while, and
            // somebody may need this processor: the loop, for example.
            Thread.yield();
            now = wordNow();
        }
        return NOT_RESERVED;
    }

    /** Room behind what is reserved; none where a word can count no more. */
    private int roomBehind(long now) {
        return ChunkWord.records(now) == ChunkWord.RECORDS_MAX
                ? 0
                : Math.min(memory.capacity(), ChunkWord.BYTES_MAX) - ChunkWord.bytes(now);
    }

    /** Whether other threads may reserve in it. */
    boolean isShared() {
        return !ChunkWord.isClosed(wordNow());
    }

    /** What was reserved when the chunk was begun. */
    long firstReserved() {
        return word;
    }

    /** Records that are reserved. */
    int reservedRecords() {
        return ChunkWord.records(wordNow());
    }

    /** The reserved record brings its own time. */
    void bringOwnTimeOfMany() {
        if (states.getInt(stateAt + SharedChunkLayout.STATE_OWN_TIMES) == 0) {
            noteOwnTime();
        }
    }

    /** The callback of a reserved record. True: the first one of the chunk. */
    boolean expectOfMany(int record, Object callback) {
        final ChunkCallbacks mine = callbacks;
        if (mine == null) {
            throw new IllegalStateException("no room for callbacks: chunk=" + number);
        }
        mine.set(record, callback);
        if (expected.getPlain() || !expected.compareAndSet(false, true)) {
            return false;
        }
        noteAsked();
        return true;
    }

    /** The reserved record failed; its callback is not called. */
    void expectNotOfMany(int record) {
        final ChunkCallbacks mine = callbacks;
        if (mine != null && record < mine.room()) {
            mine.set(record, null);
        }
    }

    /** Commits a reserved record that is written. What is committed then; nothing can fail after the addition. */
    long add(long bytes) {
        return states.getAndAddLong(stateAt + SharedChunkLayout.STATE_COMMITTED, bytes) + bytes;
    }

    /** After {@link #add}: whether the chunk is closed, and this was the commit that it waited for. */
    boolean isComplete(long reserved, long committed) {
        final long now = wordNow();
        return ChunkWord.isClosed(now)
                && ChunkWord.isSameOpening(now, reserved)
                && ChunkWord.bytes(now) == ChunkWord.committedBytes(committed);
    }

    /** Closes the chunk and commits what could not be written, so that all of it fails. False: there is no such thing. */
    boolean spoil() {
        final int bytes;
        final int records;
        synchronized (this) {
            bytes = unwrittenBytes;
            records = unwrittenRecords;
            unwrittenBytes = 0;
            unwrittenRecords = 0;
        }
        if (bytes > 0) {
            closeToThreads();
            add(bytes + records * SharedChunkLayout.ONE_SPOILT);
        }
        return bytes > 0;
    }

    /** Nobody can reserve anything any more. */
    void closeToThreads() {
        long now = wordNow();
        while (!ChunkWord.isClosed(now) && !changeWord(now, ChunkWord.closed(now))) {
            now = wordNow();
        }
    }

    /** Whether some thread still writes what it has reserved. REQUIRES: {@link #closeToThreads()}. */
    boolean isWritten() {
        final long committed = states.getLongVolatile(stateAt + SharedChunkLayout.STATE_COMMITTED);
        return ChunkWord.committedBytes(committed) < ChunkWord.bytes(wordNow());
    }
}
