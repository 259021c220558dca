package io.kera.cli.dump;

import java.util.ArrayList;
import java.util.List;
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
    private long cut;
    private long end;
    private long proof;
    private long firstPosition;
    private boolean anyBegun;
    private long lastNumber;

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

    /** Everything before it is in segment files. */
    long cut() {
        return cut;
    }

    /** Where the log goes on. */
    long end() {
        return end;
    }

    private void add(JournalFile file) {
        // Under another number: of the file's life before.
        if (file.fileNumber == file.number || (file.number < 0 && file.fileNumber >= 0)) {
            begin(file.firstPosition);
            final JournalFileScan scan = new JournalFileScan(file, entries, rotten);
            scan.run();
            end = scan.end();
            tail = scan.tail();
            proof = Math.max(proof, scan.proof());
            cut = Math.max(cut, scan.cut());
            lastNumber = file.number;
            file.begun = true;
            file.end = end;
        }
    }

    /** A file is begun only once everything before it is stable: that it exists proves it. */
    private void begin(long first) {
        proof = Math.max(proof, first);
        // Entries that a failed sync left in doubt were written again, to this file.
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
            rotten.add(new JournalGap(lastNumber, straddling, first, between(straddling, first), true));
        } else if (anyBegun && end < first) {
            rotten.add(
                    tail == null
                            ? new JournalGap(lastNumber, /* first= */ end, /* end= */ first, between(end, first), false)
                            : new JournalGap(
                                    tail.fileNumber(), /* first= */ end, /* end= */ first, tail.what(), tail.begun()));
        } else if (!anyBegun) {
            firstPosition = first;
        }
        anyBegun = true;
        end = first;
        tail = null;
    }

    private void finish() {
        // The first gap that nothing proves to have been stable is where the writing stopped.
        final JournalGap found =
                rotten.stream().filter(gap -> gap.first() >= proof).findFirst().orElse(null);
        if (found != null) {
            cutAt(found);
        } else if (tail != null && tail.begun()) {
            torn = tail.endingAt(end);
            files.stream()
                    .filter(file -> file.begun && file.number == lastNumber)
                    .forEach(file -> file.cutBack = true);
        }
        // A header that nothing proves to have been stable is part of a tear; one that is not needed any more is
        // nothing.
        for (final JournalFile file : files) {
            if (proof <= file.firstPosition || file.firstPosition == file.end || file.end <= cut) {
                file.headerProblem = "";
            }
        }
        // The oldest files may be gone because nothing in them was needed any more.
        if (isAll && anyBegun && firstPosition > cut) {
            rotten.add(0, new JournalGap(0, cut, firstPosition, "journal_files_missing", false));
        }
        rotten.removeIf(gap -> gap.end() <= cut);
        entries.removeIf(entry -> entry.position() < cut);
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
