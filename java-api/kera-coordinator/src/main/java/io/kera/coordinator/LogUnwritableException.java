package io.kera.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What was offered is not committed, since its log cannot be written, and nothing is until {@link ConsensusLog#mend}
 * says otherwise. Nobody may be answered as if it were done.
 */
public final class LogUnwritableException extends UncheckedIOException {
    private static final long serialVersionUID = 1L;

    private final String folder;
    private final String reason;

    public LogUnwritableException(Path folder, IOException cause) {
        this(folder, reasonOf(cause), cause);
    }

    private LogUnwritableException(Path folder, String reason, IOException cause) {
        super("metadata_folder=" + folder + " cannot be written (" + reason + "); make room, or mend the disk", cause);
        this.folder = folder.toString();
        this.reason = reason;
    }

    public String folder() {
        return folder;
    }

    /** In the system's words. */
    public String reason() {
        return reason;
    }

    /** Whether room is all that it wants. */
    public boolean isFull() {
        final String words = reason.toLowerCase(Locale.ROOT);
        return words.contains("no space left") || words.contains("quota exceeded");
    }

    private static String reasonOf(IOException cause) {
        final String said = cause instanceof FileSystemException trouble && trouble.getReason() != null
                ? trouble.getReason()
                : cause.getMessage();
        return said == null ? cause.getClass().getSimpleName() : said;
    }
}
