package io.kera.node.files;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SocketFolderTest {
    private static final int NOBODY = 65_534;
    private static final int UID = SocketFolder.ownUid();

    @TempDir
    Path folder;

    private Path made(String mode) throws IOException {
        final Path made = Files.createDirectory(folder.resolve("run"));
        return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString(mode));
    }

    private static String refusal(Path at) {
        return String.valueOf(assertThrows(FileSystemException.class, () -> SocketFolder.make(at, UID))
                .getReason());
    }

    @Test
    void isMadeForItsUserAlone() throws IOException {
        final Path run = folder.resolve("a/b");
        SocketFolder.make(run, UID);
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(run)));
        assertDoesNotThrow(() -> SocketFolder.make(run, UID), "and is used again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxrwxr-x", "rwxr-xrwx", "rwxrwxrwx"})
    void isRefusedWhereOthersMayWrite(String mode) throws IOException {
        assertTrue(refusal(made(mode)).contains("others may write there"), mode);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwx------", "rwxr-x---", "rwxr-xr-x"})
    void isTakenWhereOthersMayOnlyLook(String mode) throws IOException {
        final Path run = made(mode);
        assertDoesNotThrow(() -> SocketFolder.make(run, UID));
    }

    @Test
    void isTakenWhereOthersMayAddButNeitherRemoveNorRename() {
        assertDoesNotThrow(() -> SocketFolder.make(Path.of("/tmp"), UID));
    }

    @Test
    void isRefusedBehindASymbolicLink() throws IOException {
        final Path link = Files.createSymbolicLink(folder.resolve("link"), made("rwx------"));
        assertTrue(refusal(link).contains("symbolic link"));
        final Path dangling = Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("none"));
        assertTrue(refusal(dangling).contains("symbolic link"));
    }

    @Test
    void isRefusedWhenItIsAFile() throws IOException {
        assertEquals("not a folder", refusal(Files.createFile(folder.resolve("file"))));
    }

    @Test
    void isRefusedWhenItIsAnotherUsers() throws IOException {
        assumeTrue(UID == 0, "only root can give folders away");
        final Path run = made("rwx------");
        Files.setAttribute(run, "unix:uid", NOBODY);
        assertTrue(refusal(run).contains("owned by uid=" + NOBODY));
    }

    @Test
    void isTheSessionsWhereThereIsOneOfThisUser() throws IOException {
        final Path run = Files.createDirectory(folder.resolve("run"));
        final Path session = Files.createDirectory(folder.resolve("session"));
        final Map<String, String> xdg = Map.of("XDG_RUNTIME_DIR", session.toString());
        assertEquals(session.resolve("kera"), SocketFolder.choose(xdg, UID, "ada", run));
        assertEquals(Path.of("/tmp/kera-ada"), SocketFolder.choose(xdg, UID + 1, "ada", run), "another user's");
        final Path own = Files.createDirectories(run.resolve("user/" + UID));
        assertEquals(own.resolve("kera"), SocketFolder.choose(Map.of(), UID, "ada", run));
    }

    @Test
    void isTheSystemsForRoot() throws IOException {
        assumeTrue(UID == 0, "only root owns the system's");
        final Path run = Files.createDirectory(folder.resolve("run"));
        assertEquals(run.resolve("kera"), SocketFolder.choose(Map.of(), UID, "root", run));
    }
}
