package io.kera.cli.dump;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kera.codec.disk.JournalEntryHeaderDecoder;
import kera.codec.disk.JournalFileHeaderDecoder;

/** One file of a journal as it lies on disk, and what a scan makes of it. One thread. */
final class JournalFile {
    static final int HEADER_BYTES = JournalFileHeaderDecoder.ENCODED_LENGTH;
    static final int ENTRY_HEADER_BYTES = JournalEntryHeaderDecoder.ENCODED_LENGTH;
    static final int ALIGNMENT = 8;
    static final int ENTRY_MAGIC = 0x544E454B;
    static final int ENTRY_MAGIC_AT = JournalEntryHeaderDecoder.magicEncodingOffset();
    private static final int MAGIC = 0x4C4E4A4B;
    private static final int VERSION = 1;
    private static final Pattern NAME = Pattern.compile("(\\d{1,18})\\.journal");

    final Path path;
    final long number;
    final FileBytes bytes;

    /** What the header says, or what the entries say that it must have said. */
    long firstPosition;

    long fileNumber = -1;
    long incarnation;
    String headerProblem = "";

    /** False: it was prepared, and never begun. */
    boolean begun;
    /** Where what counts of it ends. */
    long end;
    /** Behind its end there is what does not count. */
    boolean cutBack;

    JournalFile(Path path, FileBytes bytes) {
        this.path = path;
        this.bytes = bytes;
        number = numberOf(path);
        readHeader();
    }

    static boolean isNamedLikeOne(Path path) {
        return NAME.matcher(path.getFileName().toString()).matches();
    }

    /** -1: the name has none. */
    static long numberOf(Path path) {
        final Matcher name = NAME.matcher(path.getFileName().toString());
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }

    long positionOf(int at) {
        return firstPosition + at - HEADER_BYTES;
    }

    private void readHeader() {
        headerProblem = bytes.checkSeal(0, HEADER_BYTES, "journal_header_crc32c");
        if (headerProblem.isEmpty()) {
            final JournalFileHeaderDecoder header = new JournalFileHeaderDecoder();
            header.wrap(bytes.buffer(), 0);
            if ((int) header.magic() != MAGIC || header.version() != VERSION) {
                headerProblem =
                        String.format("journal_magic=%08x journal_version=%d", header.magic(), header.version());
            } else if (header.firstPosition() < 0 || header.firstPosition() % ALIGNMENT != 0) {
                headerProblem = "journal_first_position=" + header.firstPosition() + " limit=0";
            } else {
                firstPosition = header.firstPosition();
                fileNumber = header.fileNumber();
                incarnation = header.incarnation();
                return;
            }
        }
        guessHeader();
    }

    /** The first whole entry tells what the header must have been; of a file that was never begun there is none. */
    private void guessHeader() {
        final JournalEntryHeaderDecoder entry = new JournalEntryHeaderDecoder();
        for (int at = HEADER_BYTES; at + ENTRY_HEADER_BYTES <= bytes.size(); at += ALIGNMENT) {
            if (bytes.buffer().getInt(at + ENTRY_MAGIC_AT) == ENTRY_MAGIC
                    && bytes.checkSeal(at, ENTRY_HEADER_BYTES, "").isEmpty()) {
                entry.wrap(bytes.buffer(), at);
                if (entry.position() >= at - HEADER_BYTES) {
                    fileNumber = number;
                    firstPosition = entry.position() - (at - HEADER_BYTES);
                    incarnation = entry.incarnation();
                    return;
                }
            }
        }
    }
}
