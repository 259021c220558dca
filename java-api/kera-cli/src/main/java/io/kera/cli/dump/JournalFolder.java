package io.kera.cli.dump;

import io.kera.cli.console.Amounts;
import io.kera.cli.console.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import kera.codec.chunk.ChunkHeaderDecoder;

/** The folder of one journal, with its files mapped until this is closed. One thread. */
final class JournalFolder implements AutoCloseable {
    private final Path path;
    private final List<JournalFile> files = new ArrayList<>();
    private final Journal journal;

    private JournalFolder(Path path, List<Path> given) throws IOException {
        this.path = path;
        try {
            for (final Path file : given) {
                files.add(JournalFile.open(file));
            }
            files.sort(Comparator.comparingLong(file -> file.number));
            journal = Journal.read(files, given.size() == filesIn(path).size());
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    static JournalFolder open(Path path) throws IOException {
        return new JournalFolder(path, filesIn(path));
    }

    /** Of its files only some. */
    static JournalFolder open(Path path, List<Path> files) throws IOException {
        return new JournalFolder(path, files);
    }

    @Override
    public void close() {
        files.forEach(JournalFile::close);
    }

    Journal journal() {
        return journal;
    }

    void show(Findings findings) {
        if (findings.shown().wantsChunks()) {
            showChunks(findings.shown());
        }
        for (final JournalFile file : journal.files()) {
            findings.addFile(
                    file.path,
                    "journal file",
                    problems(file),
                    text(file),
                    new JsonObject()
                            .put("begun", file.begun)
                            .put("firstPosition", file.firstPosition)
                            .put("endPosition", file.end)
                            .put("setAside", file.setAside)
                            .put("bytes", file.bytes.size()));
        }
        showWhole(findings);
    }

    private void showWhole(Findings findings) {
        final List<Problem> problems = journal.rotten().stream()
                .map(gap -> new Problem(
                        gap.first(), gap.end() - gap.first(), "file=" + gap.fileNumber() + " " + gap.what()))
                .toList();
        final JournalGap torn = journal.torn();
        final PositionRanges freed = journal.freed();
        final long chunks =
                journal.entries().stream().filter(JournalEntry::isChunk).count();
        final JsonObject facts = new JsonObject()
                .put(
                        "freed",
                        freed.all().stream()
                                .map(range -> new JsonObject()
                                        .put("firstPosition", range.first())
                                        .put("endPosition", range.end()))
                                .toList())
                .put("freedPositions", freed.positions())
                .put("endPosition", journal.end())
                .put("chunks", chunks)
                .put("torn", torn != null)
                .put("droppedEntries", journal.droppedEntries());
        final String text = "ends at position " + journal.end()
                + (freed.positions() == 0 ? "" : ", " + freed.positions() + " positions before are freed")
                + "; " + chunks + " chunks"
                + (torn == null
                        ? ""
                        : "; torn at " + torn.first() + " by the last stop (" + torn.what() + "), "
                                + journal.droppedEntries() + " entries behind it do not count");
        findings.addWhole(path, "journal", problems, text, facts);
    }

    private void showChunks(Shown shown) {
        final ChunkHeaderDecoder header = new ChunkHeaderDecoder();
        for (final JournalEntry entry : journal.entries()) {
            if (entry.isChunk()) {
                header.wrap(entry.file().bytes.buffer(), entry.at());
                final ChunkCheck check = new ChunkCheck(entry.file().bytes);
                final boolean readable = check.problemWithRecords(entry.at(), entry.at() + entry.bodyBytes())
                        .isEmpty();
                shown.chunk(entry.file().path, entry.file().bytes, entry.at(), header, readable && check.hasRecords());
            }
        }
    }

    private static List<Problem> problems(JournalFile file) {
        if (file.setAside) {
            return file.torn
                    ? List.of()
                    : List.of(new Problem(
                            0,
                            file.bytes.size(),
                            (file.isAside ? "set_aside_by=start" : file.headerProblem)
                                    + "; nothing says what the file holds, and it may be needed"));
        }
        return !file.begun || file.headerProblem.isEmpty()
                ? List.of()
                : List.of(new Problem(0, JournalFile.HEADER_BYTES, file.headerProblem));
    }

    private static String text(JournalFile file) {
        final String bytes = Amounts.bytes(file.bytes.size());
        if (file.begun) {
            return "positions " + file.firstPosition + ".." + file.end + " of " + bytes
                    + (file.cutBack ? ", cut back" : "");
        }
        if (file.setAside) {
            return (file.torn ? "torn by the last stop, " : "unread, ") + bytes + ", from position "
                    + file.firstPosition + " or later";
        }
        return (file.isAside ? "set aside and not needed, " : "prepared, ")
                + bytes
                + (file.hasHeader() ? "; its header is of number " + file.fileNumber : "");
    }

    private static List<Path> filesIn(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(JournalFile::isNamedLikeOne).sorted().toList();
        }
    }
}
