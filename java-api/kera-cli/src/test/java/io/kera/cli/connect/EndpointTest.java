package io.kera.cli.connect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Only root can give folders away. */
class EndpointTest {
    private static final int SERVICE = 4711;

    @TempDir
    Path folder;

    private Path run(String permissions, int owner) throws IOException {
        final Path run = Files.createDirectory(folder.resolve("run"));
        Files.setPosixFilePermissions(run, PosixFilePermissions.fromString(permissions));
        final Path kera = Files.createDirectory(run.resolve("kera"));
        assumeTrue(Files.getAttribute(kera, "unix:uid").equals(0), "needs root");
        Files.setAttribute(kera, "unix:uid", owner);
        return kera.resolve("node.sock");
    }

    @ParameterizedTest
    @CsvSource({"rwxr-xr-x,4711,?uid=4711", "rwxr-xr-x,0,''", "rwxrwxr-x,4711,''", "rwxrwxrwx,4711,''"})
    void trustsTheOwnerOfAFolderThatRootAloneCouldGiveHim(String above, int owner, String added) throws IOException {
        assertEquals(added, Endpoint.ownerOf(run(above, owner), folder));
    }

    @Test
    void addsNothingForItsOwnFolder() throws IOException {
        final Path socket = run("rwxr-xr-x", SERVICE);
        assertEquals("", Endpoint.ownerOf(socket, folder.resolve("run/kera")));
    }

    @Test
    void addsNothingWhereThereIsNoFolder() {
        assertEquals("", Endpoint.ownerOf(folder.resolve("none/node.sock"), folder));
        assertEquals("", Endpoint.ownerOf(Path.of("/"), folder));
    }
}
