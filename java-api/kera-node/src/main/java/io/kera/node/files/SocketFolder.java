package io.kera.node.files;

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
 * The folder of a node's socket. Whoever can change that folder can put another socket there, and would receive the
 * tokens and records of clients. So it is used only if no other user can change it. Any thread; owns nothing.
 */
public final class SocketFolder {
    private static final String NAME = "kera";
    private static final int ROOT = 0;
    private static final int TYPE = 0170000;
    private static final int FOLDER = 0040000;
    private static final int LINK = 0120000;
    private static final int PERMISSIONS = 07777;
    private static final int STICKY = 01000;
    private static final int OTHERS_WRITE = 022;

    private SocketFolder() {}

    /** This process's user; -1: not known. */
    public static int ownUid() {
        return uid(Path.of("/proc/self"));
    }

    /**
     * The default folder: that of {@code XDG_RUNTIME_DIR}, else that of the user or, for root, of the system in {@code
     * run}, else one of the user's own in {@code /tmp}.
     *
     * @param run the system's folder {@code /run}
     */
    public static Path choose(Map<String, String> environment, int uid, String user, Path run) {
        final String xdg = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        // After su or sudo it can be that of another user, or missing. Root could write there, but must not.
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
     * Makes the folder if it is missing, for this user alone.
     *
     * @throws FileSystemException another user can change it; the reason says who
     */
    public static void make(Path folder, int uid) throws IOException {
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        final Map<String, Object> found = Files.readAttributes(folder, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
        final int mode = (Integer) Objects.requireNonNull(found.get("mode"));
        final int owner = (Integer) Objects.requireNonNull(found.get("uid"));
        if ((mode & TYPE) == LINK) {
            throw refused(folder, "a symbolic link of uid=" + owner + ", which its owner can change");
        }
        if ((mode & TYPE) != FOLDER) {
            throw refused(folder, "not a folder");
        }
        if (owner != uid && owner != ROOT) {
            throw refused(folder, "owned by uid=" + owner + " limit=" + uid + " or root");
        }
        // In a folder with the sticky bit, others can add files. They cannot remove or rename ours.
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
