package io.kera.cli.dump;

import java.util.List;
import kera.codec.disk.JournalCutDecoder;
import kera.codec.disk.JournalEntryHeaderDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Hops through the entries of one journal file. Behind something that is none, it looks for the next one that says of
 * itself that it belongs exactly there: nothing else tells where that is. One thread.
 */
final class JournalFileScan {
    private static final int KIND_CHUNK = 1;
    private static final int KIND_CUT = 2;
    private static final long ALIGNMENT = JournalFile.ALIGNMENT;

    private final JournalFile file;
    private final FileBytes bytes;
    private final List<JournalEntry> entries;
    private final List<JournalGap> rotten;
    private final ChunkCheck check;
    private final JournalEntryHeaderDecoder header = new JournalEntryHeaderDecoder();
    private final JournalCutDecoder cutBody = new JournalCutDecoder();

    private long end;
    private long proof;
    private long cut;
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
                at = next(at + JournalFile.ALIGNMENT);
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

    /** Everything before it is said to be in segment files. */
    long cut() {
        return cut;
    }

    /** What there was instead of the entry that would have followed the last one. */
    @Nullable
    JournalGap tail() {
        return tail;
    }

    private int take(int at) {
        final int body = at + JournalFile.ENTRY_HEADER_BYTES;
        final boolean isChunk = header.entryKind() == KIND_CHUNK;
        if (!isChunk) {
            cut = Math.max(cut, cutBody.cutPosition());
        }
        proof = Math.max(proof, Math.max(0, header.position() - header.durableLag() * ALIGNMENT));
        end = header.position() + JournalFile.ENTRY_HEADER_BYTES + header.bodyLength();
        entries.add(new JournalEntry(file, isChunk, header.position(), end, body));
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
        if (header.entryKind() == KIND_CUT) {
            if (length < JournalCutDecoder.ENCODED_LENGTH) {
                return "cut_bytes=" + length + " limit=" + JournalCutDecoder.ENCODED_LENGTH;
            }
            cutBody.wrap(bytes.buffer(), body);
            return bytes.checkSeal(body, JournalCutDecoder.ENCODED_LENGTH, "cut_crc32c");
        }
        final String problem = check.problem(body, body + (int) length);
        return problem.isEmpty() && check.header().chunkLength() != length
                ? "entry_bytes=" + length + " limit=" + check.header().chunkLength()
                : problem;
    }

    private String headerProblem(int at) {
        final String broken = bytes.checkSeal(at, JournalFile.ENTRY_HEADER_BYTES, "entry_crc32c");
        if (!broken.isEmpty()) {
            return broken;
        }
        header.wrap(bytes.buffer(), at);
        if ((int) header.magic() != JournalFile.ENTRY_MAGIC) {
            return String.format("entry_magic=%08x limit=%08x", header.magic(), JournalFile.ENTRY_MAGIC);
        }
        if (header.entryKind() != KIND_CHUNK && header.entryKind() != KIND_CUT) {
            return "entry_kind=" + header.entryKind() + " limit=" + KIND_CUT;
        }
        if (header.bodyLength() % ALIGNMENT != 0) {
            return "entry_bytes=" + header.bodyLength() + " limit=" + ALIGNMENT;
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
