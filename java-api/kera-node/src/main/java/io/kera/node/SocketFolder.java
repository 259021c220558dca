package io.kera.node;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * Where a node's socket lies. Whoever else may change that folder could put a socket of his own there, and clients
 * would tell him their token and their records; so it is used only when nobody else may. Any thread; owns nothing.
 */
final class SocketFolder {
    private static final String NAME = "kera";
    private static final int ROOT = 0;
    private static final int TYPE = 0170000;
    private static final int FOLDER = 0040000;
    private static final int LINK = 0120000;
    private static final int PERMISSIONS = 07777;
    private static final int STICKY = 01000;
    private static final int OTHERS_WRITE = 022;

    private SocketFolder() {}

    /** This process's user; -1 when the system does not say. */
    static int ownUid() {
        return uid(Path.of("/proc/self"));
    }

    /**
     * The folder of a node that was told of none: the session's, as XDG has it, else the user's or the system's in
     * {@code run}, else one of the user's own in the folder for everybody's temporary files.
     *
     * @param run where the system keeps what runs: {@code /run}
     */
    static Path choose(Map<String, String> environment, int uid, String user, Path run) {
        final String xdg = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        // After su or sudo it can be another user's, or not there; root may write there all the same.
        if (!xdg.isEmpty() && isOwn(Path.of(xdg), uid)) {
            return Path.of(xdg, NAME);
        }
        final Path session = run.resolve("user").resolve(Integer.toString(uid));
        if (isOwn(session, uid)) {
            return session.resolve(NAME);
        }
        return uid == ROOT && isOwn(run, uid) ? run.resolve(NAME) : Path.of("/tmp/kera-" + user);
    }

    /**
     * Makes it if need be, for this user alone.
     *
     * @throws FileSystemException somebody else may change it; the reason says who and what to do
     */
    static void make(Path folder, int uid) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        final Map<String, Object> found = Files.readAttributes(folder, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
        final int mode = (Integer) Objects.requireNonNull(found.get("mode"));
        final int owner = (Integer) Objects.requireNonNull(found.get("uid"));
        if ((mode & TYPE) == LINK) {
            throw refused(folder, "a symbolic link of uid=" + owner + ", which can come to lead elsewhere");
        }
        if ((mode & TYPE) != FOLDER) {
            throw refused(folder, "not a folder");
        }
        if (owner != uid && owner != ROOT) {
            throw refused(folder, "owned by uid=" + owner + " limit=" + uid + " or root");
        }
        // In a sticky folder others may add, and neither remove nor rename what is ours.
        if ((mode & OTHERS_WRITE) != 0 && (mode & STICKY) == 0) {
            throw refused(
                    folder,
                    String.format(Locale.ROOT, "mode=%04o limit=0755, others may write there", mode & PERMISSIONS));
        }
    }

    private static FileSystemException refused(Path folder, String reason) {
        return new FileSystemException(folder.toString(), null, reason);
    }

    private static boolean isOwn(Path folder, int uid) {
        return uid(folder) == uid && Files.isDirectory(folder) && Files.isWritable(folder);
    }

    private static int uid(Path file) {
        try {
            return (Integer) Files.getAttribute(file, "unix:uid");
        } catch (IOException e) {
            return -1;
        }
    }
}
