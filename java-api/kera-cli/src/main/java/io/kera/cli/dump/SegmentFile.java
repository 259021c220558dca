package io.kera.cli.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import kera.codec.chunk.ChunkHeaderDecoder;
import kera.codec.disk.SegmentFileFooterDecoder;
import kera.codec.disk.SegmentFileHeaderDecoder;

/** Reads and verifies the file of a segment, as a node's recovery does. One thread; one file. */
final class SegmentFile {
    private static final int HEADER_BYTES = SegmentFileHeaderDecoder.ENCODED_LENGTH;
    private static final int FOOTER_BYTES = SegmentFileFooterDecoder.ENCODED_LENGTH;
    private static final int INDEX_ENTRY_BYTES = 24;
    private static final int MAGIC = 0x4745534B;
    private static final int FOOTER_MAGIC = 0x444E454B;
    private static final int VERSION = 1;
    private static final String NAME = "(\\d{1,5})-(\\d{1,10})-(\\d{1,10})\\.seg";
    private static final Pattern PATH = Pattern.compile(".*/(\\d{1,18})/(\\d{1,10})/" + NAME);

    private final FileBytes file;
    private final ChunkSink sink;
    private final ChunkCheck check;
    private final SegmentFileHeaderDecoder header = new SegmentFileHeaderDecoder();
    private final List<Problem> problems = new ArrayList<>();
    private final CRC32C dataCrc = new CRC32C();
    private final ByteBuffer crcBlock = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    /** Stream, streamlet, lane, group and segment, as name, header and chunks must agree on; -1: not known yet. */
    private final long[] place = {-1, -1, -1, -1, -1};

    private boolean closed;
    private long dataBytes;
    private long chunks;
    private long records;
    private long firstOffset = -1;
    private long endOffset = -1;
    private long maxTimestampMs = Long.MIN_VALUE;

    private SegmentFile(FileBytes file, ChunkSink sink) {
        this.file = file;
        this.sink = sink;
        check = new ChunkCheck(file);
    }

    static boolean isNamedLikeOne(Path path) {
        return Pattern.matches("(?:.*/)?" + NAME, path.toString());
    }

    static SegmentFile read(Path path, FileBytes file, ChunkSink sink) {
        final SegmentFile segment = new SegmentFile(file, sink);
        segment.takeName(path.toAbsolutePath());
        segment.readHeader();
        segment.readBody();
        return segment;
    }

    List<Problem> problems() {
        return problems;
    }

    /** What name and header say: stream, streamlet, lane, group, segment; -1: not known. */
    long[] place() {
        return place.clone();
    }

    boolean isClosed() {
        return closed;
    }

    long chunks() {
        return chunks;
    }

    long records() {
        return records;
    }

    /** -1: there is no chunk. */
    long firstOffset() {
        return firstOffset;
    }

    /** After the last record. */
    long endOffset() {
        return endOffset;
    }

    long maxTimestampMs() {
        return maxTimestampMs;
    }

    /** A file that was copied elsewhere is known by its header alone. */
    private void takeName(Path path) {
        final Matcher name = PATH.matcher(path.toString());
        if (name.matches()) {
            for (int part = 0; part < place.length; part++) {
                place[part] = Long.parseLong(name.group(part + 1));
            }
        }
    }

    private void readHeader() {
        final String broken = file.checkSeal(0, HEADER_BYTES, "segment_header_crc32c");
        if (!broken.isEmpty()) {
            problems.add(new Problem(0, HEADER_BYTES, broken));
            return;
        }
        header.wrap(file.buffer(), 0);
        if ((int) header.magic() != MAGIC || header.version() != VERSION) {
            problems.add(new Problem(
                    0,
                    HEADER_BYTES,
                    String.format(
                            "segment_magic=%08x segment_version=%d limit=%08x,%d",
                            header.magic(), header.version(), MAGIC, VERSION)));
            return;
        }
        if (header.dataBytes() < 0
                || header.capacityBytes() < header.dataBytes()
                || header.capacityBytes() > Integer.MAX_VALUE) {
            problems.add(new Problem(
                    0, HEADER_BYTES, "segment_data_bytes=" + header.dataBytes() + " limit=" + header.capacityBytes()));
            return;
        }
        closed = header.closed() == 1;
        dataBytes = header.dataBytes();
        final long[] said = {header.streamId(), header.streamletId(), header.lane(), header.group(), header.segment()};
        if (place[0] >= 0 && !Arrays.equals(said, place)) {
            problems.add(new Problem(
                    0,
                    0,
                    "header_place=" + Arrays.toString(said) + " limit=" + Arrays.toString(place)
                            + "; the file stands under another segment's name"));
        }
        System.arraycopy(said, 0, place, 0, said.length);
    }

    private void readBody() {
        final int bytes = Math.max(0, file.size() - HEADER_BYTES);
        if (!isClosed()) {
            readData(bytes);
            return;
        }
        final int data = (int) Math.min(dataBytes, bytes);
        readData(data);
        readTail(HEADER_BYTES + data);
        if (data < dataBytes) {
            problems.add(
                    new Problem(file.size(), dataBytes - data, "segment_data_bytes=" + data + " limit=" + dataBytes));
        }
    }

    private void readData(int bytes) {
        final int end = HEADER_BYTES + bytes;
        int at = HEADER_BYTES;
        while (at < end) {
            final String problem = problem(at, end);
            if (problem.isEmpty()) {
                take(at);
                at += (int) check.header().chunkLength();
                continue;
            }
            final int next = next(at + ChunkCheck.ALIGNMENT, end);
            if (next == end && !isClosed()) {
                return; // behind the last chunk of a checkpoint there is anything
            }
            problems.add(new Problem(at, next - (long) at, problem));
            at = next;
        }
    }

    private String problem(int at, int end) {
        final String problem = check.problemWithRecords(at, end);
        if (!problem.isEmpty()) {
            return problem;
        }
        final ChunkHeaderDecoder chunk = check.header();
        final long[] said = {chunk.streamId(), chunk.streamletId(), chunk.lane(), chunk.group(), chunk.segment()};
        if (place[0] >= 0 && !Arrays.equals(said, place)) {
            return "chunk_place=" + Arrays.toString(said) + " limit=" + Arrays.toString(place);
        }
        return chunk.position() == at - HEADER_BYTES
                ? ""
                : "chunk_position=" + chunk.position() + " limit=" + (at - HEADER_BYTES);
    }

    /** Behind a bad chunk nothing says where the next one begins. */
    private int next(int from, int end) {
        for (int at = from; at + ChunkCheck.MAGIC_AT + Integer.BYTES <= end; at += ChunkCheck.ALIGNMENT) {
            if (file.buffer().getInt(at + ChunkCheck.MAGIC_AT) == ChunkCheck.MAGIC
                    && problem(at, end).isEmpty()) {
                return at;
            }
        }
        return end;
    }

    private void take(int at) {
        final ChunkHeaderDecoder chunk = check.header();
        if (chunks == 0) {
            firstOffset = chunk.baseOffset();
        }
        chunks++;
        records += chunk.recordCount();
        endOffset = chunk.baseOffset() + chunk.recordCount();
        maxTimestampMs = Math.max(maxTimestampMs, chunk.maxTimestampMs());
        crcBlock.clear();
        crcBlock.putInt((int) chunk.clientCrc32c()).putLong(chunk.baseOffset()).flip();
        dataCrc.update(crcBlock);
        sink.onChunk(file, at, chunk, check.hasRecords());
    }

    private void readTail(int from) {
        final int at = file.size() - FOOTER_BYTES;
        if (at < from) {
            problems.add(new Problem(from, 0, "footer_bytes=" + (file.size() - from) + " limit=" + FOOTER_BYTES));
            return;
        }
        final SegmentFileFooterDecoder footer = new SegmentFileFooterDecoder();
        footer.wrap(file.buffer(), at);
        file.crc32c(at + Integer.BYTES, at + FOOTER_BYTES);
        final long actual = file.crc32cOn(from, at);
        if (actual != footer.crc32c()) {
            problems.add(new Problem(at, FOOTER_BYTES, FileBytes.crcText("footer_crc32c", footer.crc32c(), actual)));
        } else if ((int) footer.magic() != FOOTER_MAGIC
                || (at - from) != (long) footer.indexEntries() * INDEX_ENTRY_BYTES) {
            problems.add(new Problem(
                    at,
                    FOOTER_BYTES,
                    "footer_index_entries=" + footer.indexEntries() + " limit=" + (at - from) / INDEX_ENTRY_BYTES));
        } else if (footer.chunkCount() != chunks || footer.recordCount() != records) {
            problems.add(new Problem(
                    at,
                    0,
                    "segment_record_count=" + records + " limit=" + footer.recordCount() + " segment_chunks=" + chunks
                            + " limit=" + footer.chunkCount()));
        } else if (footer.dataCrc32c() != dataCrc.getValue()) {
            problems.add(new Problem(
                    at, 0, FileBytes.crcText("segment_data_crc32c", footer.dataCrc32c(), dataCrc.getValue())));
        }
    }
}
