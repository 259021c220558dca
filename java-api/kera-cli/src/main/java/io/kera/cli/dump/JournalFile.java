package io.kera.cli.dump;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kera.codec.disk.JournalEntryHeaderDecoder;
import kera.codec.disk.JournalFileHeaderDecoder;

/** One file of a journal as it is on disk, and what a scan concludes about it. One thread. */
final class JournalFile implements AutoCloseable {
    static final int HEADER_BYTES = JournalFileHeaderDecoder.ENCODED_LENGTH;
    static final int ENTRY_HEADER_BYTES = JournalEntryHeaderDecoder.ENCODED_LENGTH;
    static final int ALIGNMENT = 8;
    static final int ENTRY_MAGIC = 0x544E454B;
    static final int ENTRY_MAGIC_AT = JournalEntryHeaderDecoder.magicEncodingOffset();
    /** No journal reaches this position. */
    static final long POSITION_MAX = 1L << 62;

    static final int MAGIC = 0x4C4E4A4B;
    static final int VERSION = 2;
    private static final Pattern NAME = Pattern.compile("(\\d{1,18})\\.journal(\\.set_aside)?");

    final Path path;
    final long number;
    final FileBytes bytes;
    /** An earlier start could not read it. It is not read again, but it still counts that it was begun. */
    final boolean isAside;

    /** What the header says, or what the entry behind it says that it must have said. */
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
    /** It was begun and may be needed, and nothing tells what it holds. Its entries begin at its first position or later. */
    boolean setAside;
    /** Set aside, and like a file that was being begun when the node stopped. */
    boolean torn;

    private JournalFile(Path path, boolean isAside, FileBytes bytes) {
        this.path = path;
        this.isAside = isAside;
        this.bytes = bytes;
        number = numberOf(path);
        if (!isAside) {
            readHeader();
        }
    }

    static JournalFile open(Path path) throws IOException {
        return new JournalFile(path, path.toString().endsWith(".set_aside"), FileBytes.map(path));
    }

    @Override
    public void close() {
        bytes.close();
    }

    static boolean isNamedLikeOne(Path path) {
        return NAME.matcher(path.getFileName().toString()).matches();
    }

    private static long numberOf(Path path) {
        final Matcher name = NAME.matcher(path.getFileName().toString());
        return name.matches() ? Long.parseLong(name.group(1)) : -1;
    }

    long positionOf(int at) {
        return firstPosition + at - HEADER_BYTES;
    }

    boolean hasHeader() {
        return fileNumber >= 0;
    }

    /** Up to {@code end} of the file, or of what there is of it. */
    boolean isBlank(int end) {
        for (int at = 0; at < Math.min(end, bytes.size()); at++) {
            if (bytes.buffer().getByte(at) != 0) {
                return false;
            }
        }
        return true;
    }

    private void readHeader() {
        headerProblem = bytes.checkSeal(0, HEADER_BYTES, "journal_header_crc32c");
        if (!headerProblem.isEmpty()) {
            return;
        }
        final JournalFileHeaderDecoder header = new JournalFileHeaderDecoder();
        header.wrap(bytes.buffer(), 0);
        if ((int) header.magic() != MAGIC) {
            headerProblem = String.format("journal_magic=%08x limit=%08x", header.magic(), MAGIC);
        } else if (header.version() != VERSION) {
            headerProblem = "journal_version=" + header.version() + " limit=" + VERSION;
        } else if (header.firstPosition() < 0
                || header.firstPosition() > POSITION_MAX
                || header.firstPosition() % ALIGNMENT != 0) {
            headerProblem = "journal_first_position=" + header.firstPosition() + " limit=" + POSITION_MAX;
        } else {
            firstPosition = header.firstPosition();
            fileNumber = header.fileNumber();
            incarnation = header.incarnation();
        }
    }
}
