package io.kera.cli.dump;

import java.util.ArrayList;
import java.util.List;
import kera.codec.disk.FreedHeaderDecoder;
import kera.codec.disk.FreedRangeDecoder;
import kera.codec.disk.JournalEntryHeaderDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Walks from entry to entry through one journal file. After something that is not an entry, it looks for the next one
 * whose header names exactly its own position: nothing else says where that is. One thread.
 */
final class JournalFileScan {
    private static final int KIND_CHUNK = 1;
    private static final int KIND_FREED = 2;
    private static final int KIND_BLANK = 3;
    private static final long ALIGNMENT = JournalFile.ALIGNMENT;

    private final JournalFile file;
    private final FileBytes bytes;
    private final List<JournalEntry> entries;
    private final List<JournalGap> rotten;
    private final ChunkCheck check;
    private final JournalEntryHeaderDecoder header = new JournalEntryHeaderDecoder();

    private long end;
    private long proof;
    private @Nullable PositionRanges freed;
    private @Nullable JournalGap tail;

    JournalFileScan(JournalFile file, List<JournalEntry> entries, List<JournalGap> rotten) {
        this.file = file;
        this.entries = entries;
        this.rotten = rotten;
        bytes = file.bytes;
        check = new ChunkCheck(bytes);
        end = file.firstPosition;
    }

    void run() {
        int at = JournalFile.HEADER_BYTES;
        @Nullable JournalGap gap = null;
        while (at < bytes.size()) {
            final String problem = problem(at);
            if (!problem.isEmpty()) {
                if (gap == null) {
                    gap = new JournalGap(file.number, file.positionOf(at), 0, problem, isBegun(at));
                }
                at = behindBadEntry(at);
                continue;
            }
            if (gap != null) {
                rotten.add(gap.endingAt(header.position()));
                gap = null;
            }
            at = take(at);
        }
        tail = gap;
    }

    /** Where the last whole entry ends. */
    long end() {
        return end;
    }

    /** Everything before it is said to have been stable. */
    long proof() {
        return proof;
    }

    /** What the last freed entry says; null: there is none. */
    @Nullable
    PositionRanges freed() {
        return freed;
    }

    /** What was found instead of the entry that would follow the last one. */
    @Nullable
    JournalGap tail() {
        return tail;
    }

    /** The header of the entry at a place, when its checksum and its numbers are right; else what is wrong. */
    static String headerProblem(FileBytes bytes, int at, JournalEntryHeaderDecoder header) {
        final String broken = bytes.checkSeal(at, JournalFile.ENTRY_HEADER_BYTES, "entry_crc32c");
        if (!broken.isEmpty()) {
            return broken;
        }
        header.wrap(bytes.buffer(), at);
        if ((int) header.magic() != JournalFile.ENTRY_MAGIC) {
            return String.format("entry_magic=%08x limit=%08x", header.magic(), JournalFile.ENTRY_MAGIC);
        }
        if (header.entryKind() < KIND_CHUNK || header.entryKind() > KIND_BLANK) {
            return "entry_kind=" + header.entryKind() + " limit=" + KIND_BLANK;
        }
        if (header.bodyLength() % ALIGNMENT != 0) {
            return "entry_bytes=" + header.bodyLength() + " limit=" + ALIGNMENT;
        }
        return header.position() < 0 || header.position() > JournalFile.POSITION_MAX
                ? "entry_position=" + header.position() + " limit=" + JournalFile.POSITION_MAX
                : "";
    }

    private int take(int at) {
        final int body = at + JournalFile.ENTRY_HEADER_BYTES;
        proof = Math.max(proof, Math.max(0, header.position() - header.durableLag() * ALIGNMENT));
        end = header.position() + JournalFile.ENTRY_HEADER_BYTES + header.bodyLength();
        entries.add(new JournalEntry(file, header.entryKind() == KIND_CHUNK, header.position(), end, body));
        return body + (int) header.bodyLength();
    }

    private String problem(int at) {
        final String headerProblem = headerProblem(at);
        if (!headerProblem.isEmpty()) {
            return headerProblem;
        }
        final int body = at + JournalFile.ENTRY_HEADER_BYTES;
        final long length = header.bodyLength();
        if (length > bytes.size() - body) {
            return "entry_bytes=" + length + " limit=" + (bytes.size() - body);
        }
        return switch (header.entryKind()) {
            case KIND_FREED -> readFreed(body, (int) length);
            case KIND_CHUNK -> chunkProblem(body, (int) length);
            default -> "";
        };
    }

    private String chunkProblem(int body, int length) {
        final String problem = check.problem(body, body + length);
        return problem.isEmpty() && check.header().chunkLength() != length
                ? "entry_bytes=" + length + " limit=" + check.header().chunkLength()
                : problem;
    }

    /** Each one says all. */
    private String readFreed(int body, int length) {
        final String broken =
                bytes.checkSeal(body, Math.max(length, FreedHeaderDecoder.ENCODED_LENGTH), "freed_crc32c");
        if (!broken.isEmpty()) {
            return broken;
        }
        final FreedHeaderDecoder said = new FreedHeaderDecoder();
        said.wrap(bytes.buffer(), body);
        final long needed = FreedHeaderDecoder.ENCODED_LENGTH + said.ranges() * FreedRangeDecoder.ENCODED_LENGTH;
        if (needed != length) {
            return "freed_bytes=" + length + " limit=" + needed;
        }
        final List<PositionRange> ranges = new ArrayList<>();
        final FreedRangeDecoder range = new FreedRangeDecoder();
        long before = 0;
        for (int at = FreedHeaderDecoder.ENCODED_LENGTH; at < length; at += FreedRangeDecoder.ENCODED_LENGTH) {
            range.wrap(bytes.buffer(), body + at);
            if (range.firstPosition() < before
                    || range.endPosition() <= range.firstPosition()
                    || range.endPosition() > JournalFile.POSITION_MAX) {
                return "freed_position=" + range.firstPosition() + " limit=" + before;
            }
            before = range.endPosition();
            ranges.add(new PositionRange(range.firstPosition(), range.endPosition()));
        }
        freed = new PositionRanges(ranges);
        return "";
    }

    private String headerProblem(int at) {
        final String problem = headerProblem(bytes, at, header);
        if (!problem.isEmpty()) {
            return problem;
        }
        if (header.position() != file.positionOf(at)) {
            return "entry_position=" + header.position() + " limit=" + file.positionOf(at);
        }
        return header.incarnation() == file.incarnation
                ? ""
                : "entry_incarnation=" + header.incarnation() + " limit=" + file.incarnation;
    }

    /** Leftovers and zeros never name this position. */
    private boolean isBegun(int at) {
        if (at + JournalFile.ENTRY_HEADER_BYTES > bytes.size()
                || bytes.buffer().getInt(at + JournalFile.ENTRY_MAGIC_AT) != JournalFile.ENTRY_MAGIC) {
            return false;
        }
        header.wrap(bytes.buffer(), at);
        return header.position() == file.positionOf(at);
    }

    /** When the entry's header is whole, its body is skipped: a client chose the bytes in it, and they may look like entries. */
    private int behindBadEntry(int at) {
        if (!headerProblem(at).isEmpty()) {
            return next(at + JournalFile.ALIGNMENT);
        }
        return (int) Math.min(at + JournalFile.ENTRY_HEADER_BYTES + header.bodyLength(), bytes.size());
    }

    private int next(int from) {
        for (int at = from; at + JournalFile.ENTRY_HEADER_BYTES <= bytes.size(); at += JournalFile.ALIGNMENT) {
            if (bytes.buffer().getInt(at + JournalFile.ENTRY_MAGIC_AT) == JournalFile.ENTRY_MAGIC
                    && headerProblem(at).isEmpty()) {
                return at;
            }
        }
        return bytes.size();
    }
}
