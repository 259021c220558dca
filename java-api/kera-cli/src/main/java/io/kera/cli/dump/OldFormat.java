package io.kera.cli.dump;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import kera.codec.disk.JournalFileHeaderDecoder;

/** Files of versions that kept segments in files of their own. They are recognised, and not read. Stateless. */
final class OldFormat {
    private static final int JOURNAL_VERSION = 1;
    private static final Pattern SEGMENT = Pattern.compile("\\d{1,5}-\\d{1,10}-\\d{1,10}\\.seg");

    private OldFormat() {}

    /** Throws for such a file. */
    static void refuse(Path path) throws IOException {
        if (SEGMENT.matcher(path.getFileName().toString()).matches()) {
            throw refusal(path, "segment_files=1 limit=0");
        }
        if (JournalFile.isNamedLikeOne(path)) {
            try (FileBytes bytes = FileBytes.map(path)) {
                if (isJournal(bytes)) {
                    throw refusal(path, "journal_version=" + JOURNAL_VERSION + " limit=" + JournalFile.VERSION);
                }
            }
        }
    }

    private static boolean isJournal(FileBytes bytes) {
        if (!bytes.checkSeal(0, JournalFile.HEADER_BYTES, "").isEmpty()) {
            return false;
        }
        final JournalFileHeaderDecoder header = new JournalFileHeaderDecoder();
        header.wrap(bytes.buffer(), 0);
        return (int) header.magic() == JournalFile.MAGIC && header.version() == JOURNAL_VERSION;
    }

    private static CommandFailure refusal(Path path, String what) {
        return new CommandFailure(
                ExitCode.FAILED,
                "file=" + path + " " + what + "; an older version of KerA wrote it: start that version, `kera export`"
                        + " its streams, and `kera import` them here");
    }
}
