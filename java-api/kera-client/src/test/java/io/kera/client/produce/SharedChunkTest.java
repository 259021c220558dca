package io.kera.client.produce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.testing.Crew;
import io.kera.ffi.NativeLibrary;
import io.kera.ffi.SharedChunkLayout;
import io.kera.wire.ChunkLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** The word of a chunk that many threads write to, without a loop: this test does what the loop does to it. */
class SharedChunkTest {
    private static final int ROOM = 1024;

    static {
        NativeLibrary.load();
    }

    private final UnsafeBuffer states =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(SharedChunkLayout.STATE_BYTES, 64));
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(ROOM);
    private final SharedChunk chunk = new SharedChunk(0, states);
    private final OpenChunk one = streamlet(0);
    private final OpenChunk other = streamlet(1);

    /** It is never asked for memory. */
    @SuppressWarnings("NullAway")
    private static OpenChunk streamlet(int number) {
        return new ConcurrentOpenChunk(null, "s", 0, number);
    }

    private void open(OpenChunk target, int firstBytes) {
        chunk.lend(BufferUtil.address(bytes), ROOM, 0);
        chunk.beginForThreads(target, 0);
        chunk.publish(firstBytes, false);
    }

    private void settle() {
        chunk.closeToThreads();
        chunk.settle();
        states.putLong(SharedChunkLayout.STATE_WORD, SharedChunkLayout.CLOSED | ChunkLayout.HEADER_BYTES / 8);
        states.putLong(SharedChunkLayout.STATE_COMMITTED, ChunkLayout.HEADER_BYTES);
    }

    /** Whether it was the last of a closed chunk. */
    private boolean commit(long reserved, int recordBytes) {
        return chunk.isComplete(reserved, chunk.add(recordBytes));
    }

    private long word() {
        return states.getLongVolatile(SharedChunkLayout.STATE_WORD);
    }

    @Test
    void reservesOneBehindTheOther() {
        open(one, 24);
        final long first = chunk.reserve(one, 40, false, false, 0);
        final long second = chunk.reserve(one, 16, false, false, 0);
        assertEquals(ChunkLayout.HEADER_BYTES + 24, ChunkWord.bytes(first));
        assertEquals(1, ChunkWord.records(first));
        assertEquals(ChunkLayout.HEADER_BYTES + 64, ChunkWord.bytes(second));
        assertEquals(2, ChunkWord.records(second));
    }

    @Test
    void theLastCommitOfAClosedChunkSaysSo() {
        open(one, 24);
        final long first = chunk.reserve(one, 40, false, false, 0);
        final long second = chunk.reserve(one, 40, false, false, 0);
        assertFalse(commit(second, 40));
        chunk.closeToThreads();
        assertTrue(chunk.isWritten());
        assertTrue(commit(first, 40));
        assertFalse(chunk.isWritten());
    }

    @Test
    void theRecordThatLeavesNoRoomClosesIt() {
        open(one, 400);
        final long reserved = chunk.reserve(one, 400, false, false, 0);
        assertTrue(reserved > 0);
        assertTrue(ChunkWord.isClosed(word()));
        assertEquals(SharedChunk.NOT_RESERVED, chunk.reserve(one, 16, false, false, 0));
        assertTrue(commit(reserved, 400));
    }

    /** A thread read the word, slept, and wakes up when the same chunk is open again with as much in it. */
    @Test
    void aWordOfAnEarlierOpeningCannotBeChanged() {
        open(one, 24);
        final long stale = word();
        settle();
        assertFalse(chunk.changeWord(stale, ChunkWord.with(stale, 16)), "while it is lent");
        open(other, 24);
        assertEquals(ChunkWord.bytes(stale), ChunkWord.bytes(word()));
        assertEquals(ChunkWord.records(stale), ChunkWord.records(word()));
        assertFalse(chunk.changeWord(stale, ChunkWord.with(stale, 16)), "while another streamlet has it");
        settle();
        open(one, 24);
        assertFalse(chunk.changeWord(stale, ChunkWord.with(stale, 16)), "when its streamlet has it again");
    }

    @Test
    void takesNothingOfAnotherStreamletNorWhileItIsLent() {
        open(one, 24);
        assertEquals(SharedChunk.NOT_RESERVED, chunk.reserve(other, 16, false, false, 0));
        settle();
        assertEquals(SharedChunk.NOT_RESERVED, chunk.reserve(one, 16, false, false, 0));
        chunk.beginForThreads(one, 0);
        assertEquals(SharedChunk.NOT_RESERVED, chunk.reserve(one, 16, false, false, 0), "before it is published");
    }

    @Test
    void aCommitAfterTheChunkWasSettledAndOpenedAgainIsNotItsLast() {
        open(one, 24);
        final long reserved = chunk.reserve(one, 16, false, false, 0);
        settle();
        open(other, 24);
        chunk.closeToThreads();
        assertFalse(commit(reserved, 16));
    }

    @Test
    void aWordHoldsItsPartsAtTheirLimits() {
        long word = ChunkWord.empty(ChunkWord.GENERATION_MAX);
        assertEquals(ChunkLayout.HEADER_BYTES, ChunkWord.bytes(word));
        assertFalse(ChunkWord.isClosed(word));
        for (int record = 1; record <= ChunkWord.RECORDS_MAX; record++) {
            word = ChunkWord.with(word, 16);
            assertEquals(record, ChunkWord.records(word));
        }
        word = word + (ChunkWord.BYTES_MAX - ChunkWord.bytes(word)) / 8;
        assertEquals(ChunkWord.BYTES_MAX, ChunkWord.bytes(word));
        assertEquals(ChunkWord.RECORDS_MAX, ChunkWord.records(word));
        assertFalse(ChunkWord.isClosed(word));
        assertTrue(ChunkWord.isSameOpening(word, ChunkWord.empty(ChunkWord.GENERATION_MAX)));
        assertFalse(ChunkWord.isSameOpening(word, ChunkWord.empty(ChunkWord.GENERATION_MAX - 1)));
        assertTrue(ChunkWord.BYTES_MAX > (64 << 20) + 1024);
    }

    /** A word that can count no more records closes, whatever room there is. */
    @Test
    void closesBeforeTheWordOverflows() {
        final ByteBuffer much = ByteBuffer.allocateDirect(256 << 10);
        chunk.lend(BufferUtil.address(much), much.capacity(), 0);
        chunk.beginForThreads(one, 0);
        chunk.publish(16, false);
        int records = 1;
        while (chunk.reserve(one, 16, false, false, 0) != SharedChunk.NOT_RESERVED) {
            records++;
        }
        assertEquals(ChunkWord.RECORDS_MAX, records);
        assertEquals(ChunkWord.RECORDS_MAX, ChunkWord.records(word()));
        assertTrue(ChunkWord.isClosed(word()));
        assertTrue(ChunkWord.isSameOpening(word(), ChunkWord.empty(1)));
    }

    /** The loop closes again and again while threads reserve: what is counted is committed, once, and told once. */
    @Test
    void manyThreadsReserveWhileOthersClose() {
        final AtomicLong reservedBytes = new AtomicLong();
        final AtomicInteger lastCommits = new AtomicInteger();
        for (int round = 0; round < 2000; round++) {
            open(round % 2 == 0 ? one : other, 16);
            final OpenChunk target = round % 2 == 0 ? one : other;
            reservedBytes.set(ChunkLayout.HEADER_BYTES + 16);
            lastCommits.set(0);
            final int closeAfter = round % 40;
            Crew.run(3, thread -> {
                for (int i = 0; ; i++) {
                    if (thread == 0 && i == closeAfter) {
                        chunk.closeToThreads();
                    }
                    final long reserved = chunk.reserve(target, 16, false, false, 0);
                    if (reserved == SharedChunk.NOT_RESERVED) {
                        return;
                    }
                    reservedBytes.addAndGet(16);
                    if (commit(reserved, 16)) {
                        lastCommits.incrementAndGet();
                    }
                }
            });
            assertFalse(chunk.isWritten());
            assertEquals(reservedBytes.get(), ChunkWord.bytes(word()));
            assertTrue(lastCommits.get() <= 1);
            settle();
        }
    }
}
