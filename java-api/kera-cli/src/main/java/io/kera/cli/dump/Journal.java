package io.kera.cli.dump;

import java.util.ArrayList;
import java.util.List;
import kera.codec.disk.JournalEntryHeaderDecoder;
import org.jspecify.annotations.Nullable;

/**
 * The journal files of one reactor, and what may be concluded from them: the same as a node concludes when it starts
 * (disk-files.md, "What a reader may conclude"). One thread.
 */
final class Journal {
    private final List<JournalFile> files;
    /** False: files may be missing, because only some were given. */
    private final boolean isAll;

    private final List<JournalEntry> entries = new ArrayList<>();
    private final List<JournalGap> rotten = new ArrayList<>();
    private @Nullable JournalGap torn;
    private @Nullable JournalGap tail;
    private long droppedEntries;
    private PositionRanges freed = PositionRanges.NONE;
    private long end;
    private long proof;
    private long firstPosition;
    private boolean anyBegun;
    /** Of the last file that was begun. */
    private long lastNumber;

    private long lastFirst;

    private Journal(List<JournalFile> files, boolean isAll) {
        this.files = files;
        this.isAll = isAll;
    }

    /** {@code files} in the order of their numbers. */
    static Journal read(List<JournalFile> files, boolean isAll) {
        final Journal journal = new Journal(files, isAll);
        files.forEach(journal::add);
        journal.finish();
        return journal;
    }

    List<JournalFile> files() {
        return files;
    }

    /** Those that count, in the order of their positions. */
    List<JournalEntry> entries() {
        return entries;
    }

    /** What was stable once, and is lost. */
    List<JournalGap> rotten() {
        return rotten;
    }

    /** What was being written when the node stopped; nothing from there on counts. */
    @Nullable
    JournalGap torn() {
        return torn;
    }

    /** Whole entries behind the tear. */
    long droppedEntries() {
        return droppedEntries;
    }

    /** Not needed any more, as was noted durably: their files may be gone. */
    PositionRanges freed() {
        return freed;
    }

    /** Where the log goes on. */
    long end() {
        return end;
    }

    private void add(JournalFile file) {
        if (file.isAside) {
            keepUnread(file);
            return;
        }
        if (!file.hasHeader() && !guessHeader(file) && !file.isBlank(file.bytes.size())) {
            keepUnread(file);
            file.torn = file.isBlank(JournalFile.HEADER_BYTES);
        }
        // With another number it is the header of the file's previous use.
        if (file.hasHeader() && file.fileNumber == file.number) {
            begin(file.firstPosition);
            final JournalFileScan scan = new JournalFileScan(file, entries, rotten);
            scan.run();
            end = scan.end();
            tail = scan.tail();
            proof = Math.max(proof, scan.proof());
            final PositionRanges said = scan.freed();
            freed = said == null ? freed : said;
            lastNumber = file.number;
            lastFirst = file.firstPosition;
            file.begun = true;
            file.end = end;
        }
    }

    /**
     * Takes a file's header from the entry right behind it. Only there the journal itself wrote what looks like an entry;
     * further on it may be a client's record. True: the entry is there. When its position is below the first one of the
     * file before, it is from the file's previous use, and the file was never begun.
     */
    private boolean guessHeader(JournalFile file) {
        final JournalEntryHeaderDecoder entry = new JournalEntryHeaderDecoder();
        if (!JournalFileScan.headerProblem(file.bytes, JournalFile.HEADER_BYTES, entry)
                .isEmpty()) {
            return false;
        }
        if (entry.position() >= lastFirst) {
            file.fileNumber = file.number;
            file.firstPosition = entry.position();
            file.incarnation = entry.incarnation();
        }
        return true;
    }

    /** Nothing says what the file holds. But it was written to, so it was begun, and everything before it was stable. */
    private void keepUnread(JournalFile file) {
        file.setAside = true;
        file.firstPosition = end;
        file.end = Long.MAX_VALUE;
        proof = Math.max(proof, end);
    }

    /** A file that begins at {@code first} follows those that could not be read. */
    private void boundUnread(long first) {
        for (final JournalFile file : files) {
            if (file.setAside && file.end > first) {
                file.end = first;
                file.torn = false;
                // Nothing is missing between the files around it.
                file.setAside = !anyBegun || end < first;
            }
        }
    }

    /** A file is begun only when everything before it is stable. So its existence proves that. */
    private void begin(long first) {
        boundUnread(first);
        proof = Math.max(proof, first);
        // After a failed sync, entries that may be lost were written again, to this file.
        long straddling = -1;
        while (!entries.isEmpty() && last(entries).end() > first) {
            final long position = last(entries).position();
            straddling = position < first ? position : straddling;
            entries.remove(entries.size() - 1);
        }
        while (!rotten.isEmpty() && last(rotten).first() >= first) {
            rotten.remove(rotten.size() - 1);
        }
        if (!rotten.isEmpty()) {
            final JournalGap gap = rotten.remove(rotten.size() - 1);
            rotten.add(gap.endingAt(Math.min(gap.end(), first)));
        }
        cutFilesBack(first);
        if (straddling >= 0) {
            rotten.add(new JournalGap(lastNumber, straddling, first, between(straddling, first), false));
        } else if (anyBegun && end < first) {
            rotten.add(new JournalGap(
                    tail == null ? lastNumber : tail.fileNumber(),
                    /* first= */ end,
                    /* end= */ first,
                    tail == null ? between(end, first) : tail.what(),
                    false));
        } else if (!anyBegun) {
            firstPosition = first;
        }
        anyBegun = true;
        end = first;
        tail = null;
    }

    private void finish() {
        // The first gap that was not proved to be stable is where writing stopped.
        final JournalGap found =
                rotten.stream().filter(gap -> gap.first() >= proof).findFirst().orElse(null);
        if (found != null) {
            cutAt(found);
        } else if (tail != null && tail.begun() && endsUnread()) {
            // It was stable, or it was written again in a file that cannot be read: nothing is cut.
            rotten.add(tail.endingAt(tail.first()));
        } else if (tail != null && tail.begun()) {
            torn = tail.endingAt(end);
            files.stream()
                    .filter(file -> file.begun && file.number == lastNumber)
                    .forEach(file -> file.cutBack = true);
        }
        judgeHeaders();
        // Files may be gone because nothing in them was needed any more.
        if (isAll && anyBegun && !freed.cover(0, firstPosition)) {
            rotten.add(
                    0,
                    new JournalGap(0, 0, firstPosition, "journal_files_missing=" + firstPosition + " limit=0", false));
        }
        rotten.removeIf(gap -> gap.first() < gap.end() && freed.cover(gap.first(), gap.end()));
        entries.removeIf(entry -> freed.cover(entry.position(), entry.end()));
    }

    /**
     * A header that was not proved to be stable belongs to a tear, not to rot. One that is not needed any more does not
     * matter.
     */
    private void judgeHeaders() {
        for (final JournalFile file : files) {
            final boolean isFreed = freed.cover(file.firstPosition, file.end);
            file.setAside = file.setAside && !isFreed;
            if (!file.setAside && (proof <= file.firstPosition || isFreed)) {
                file.headerProblem = "";
            }
        }
    }

    private boolean endsUnread() {
        return files.stream().anyMatch(file -> file.setAside && file.end == Long.MAX_VALUE);
    }

    private void cutAt(JournalGap gap) {
        end = gap.first();
        torn = gap.endingAt(end);
        final long before = entries.size();
        entries.removeIf(entry -> entry.end() > end);
        droppedEntries = before - entries.size();
        rotten.removeIf(one -> one.first() >= end);
        cutFilesBack(end);
    }

    private void cutFilesBack(long position) {
        for (final JournalFile file : files) {
            if (file.begun && file.end > position) {
                file.end = Math.max(position, file.firstPosition);
                file.cutBack = true;
            }
        }
    }

    private static String between(long position, long first) {
        return "journal_first_position=" + first + " limit=" + position;
    }

    private static <T> T last(List<T> list) {
        return list.get(list.size() - 1);
    }
}
