package io.kera.cli.dump;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import kera.codec.chunk.ChunkHeaderDecoder;

/**
 * The chunks of one streamlet that journals have, in the order of lanes, groups, segments and positions. A chunk may be
 * in several files; copies are identical, and one of them counts. One thread.
 */
final class FoundStreamlet {
    private record Group(int lane, int number) implements Comparable<Group> {
        @Override
        public int compareTo(Group other) {
            return lane == other.lane ? Integer.compare(number, other.number) : Integer.compare(lane, other.lane);
        }
    }

    private final Map<Group, TreeMap<Integer, List<FoundChunk>>> groups = new TreeMap<>();
    private final List<FoundChunk> chunks = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();
    private long copies;
    private long segments;
    private long records;
    private long firstOffset = Long.MAX_VALUE;
    private long endOffset;

    /** {@code header}: of the chunk in the entry. */
    void add(JournalEntry entry, ChunkHeaderDecoder header) {
        groups.computeIfAbsent(new Group(header.lane(), header.group()), group -> new TreeMap<>())
                .computeIfAbsent(header.segment(), segment -> new ArrayList<>())
                .add(FoundChunk.of(entry, header));
    }

    /** Everything was added. Groups that end at or before {@code start} were deleted: nothing of them is missing. */
    void settle(long start) {
        for (final Map.Entry<Group, TreeMap<Integer, List<FoundChunk>>> group : groups.entrySet()) {
            final TreeMap<Integer, List<FoundChunk>> pieces = group.getValue();
            pieces.replaceAll((segment, piece) -> oneOfEach(piece));
            final long end = pieces.values().stream()
                    .mapToLong(piece -> piece.get(piece.size() - 1).endOffset())
                    .max()
                    .orElse(0);
            if (end > start) {
                reportMissing(group.getKey(), pieces);
            }
            pieces.values().forEach(this::count);
        }
    }

    /** One of each, in their order. */
    List<FoundChunk> chunks() {
        return chunks;
    }

    /** What is missing, and records that cannot be read. */
    List<Problem> problems() {
        return problems;
    }

    /** Beyond one of each chunk. */
    long copies() {
        return copies;
    }

    long groups() {
        return groups.size();
    }

    long segments() {
        return segments;
    }

    long records() {
        return records;
    }

    long firstOffset() {
        return firstOffset;
    }

    long endOffset() {
        return endOffset;
    }

    private List<FoundChunk> oneOfEach(List<FoundChunk> piece) {
        final List<FoundChunk> sorted = new ArrayList<>(piece);
        sorted.sort(Comparator.comparingLong(FoundChunk::position));
        final List<FoundChunk> left = new ArrayList<>();
        for (final FoundChunk chunk : sorted) {
            if (left.isEmpty() || chunk.position() >= left.get(left.size() - 1).endPosition()) {
                left.add(chunk);
            } else {
                copies++;
            }
        }
        return left;
    }

    private void count(List<FoundChunk> piece) {
        segments++;
        for (final FoundChunk chunk : piece) {
            chunks.add(chunk);
            records += chunk.endOffset() - chunk.firstOffset();
            firstOffset = Math.min(firstOffset, chunk.firstOffset());
            endOffset = Math.max(endOffset, chunk.endOffset());
            final String problem =
                    new ChunkCheck(chunk.file().bytes).problemWithRecords(chunk.at(), chunk.at() + chunk.bytes());
            if (!problem.isEmpty()) {
                problems.add(new Problem(chunk.at(), chunk.bytes(), "file=" + chunk.file().path + " " + problem));
            }
        }
    }

    private void reportMissing(Group group, Map<Integer, List<FoundChunk>> pieces) {
        int next = 0;
        for (final Map.Entry<Integer, List<FoundChunk>> piece : pieces.entrySet()) {
            for (; next < piece.getKey(); next++) {
                problems.add(new Problem(0, 0, named(group, next) + " segment_missing=" + next + " limit=0"));
            }
            next = piece.getKey() + 1;
            long at = 0;
            for (final FoundChunk chunk : piece.getValue()) {
                if (chunk.position() > at) {
                    final long bytes = chunk.position() - at;
                    problems.add(new Problem(
                            at, bytes, named(group, piece.getKey()) + " segment_bytes_missing=" + bytes + " limit=0"));
                }
                at = chunk.endPosition();
            }
        }
    }

    private static String named(Group group, int segment) {
        return "lane=" + group.lane() + " group=" + group.number() + " segment=" + segment;
    }
}
