package io.kera.bench.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.CommandFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostsRunTest {
    @Test
    void runsNodeAndClientsAndAddsThemUp(@TempDir Path folder) throws Exception {
        final String java = Path.of(System.getProperty("java.home"), "bin", "java")
                + " --add-opens java.base/jdk.internal.misc=ALL-UNNAMED -XX:+UseSerialGC -Xmx128m"
                + (System.getProperty("kera.native.path") == null
                        ? ""
                        : " -Dkera.native.path=" + System.getProperty("kera.native.path"))
                + " -cp " + System.getProperty("java.class.path");
        final Path file = folder.resolve("hosts.properties");
        Files.write(
                file,
                List.of(
                        "server=one",
                        "node.data.keep=false",
                        "node.listen=tcp:127.0.0.1:0",
                        "node.http.listen=off",
                        "node.memory.arena=64m",
                        "role.producer=one, two",
                        "workload.seconds=0.2",
                        "workload.warmup=0.05",
                        "workload.retention=8388608",
                        "host.one.run=local",
                        "host.one.node=" + java + " io.kera.node.NodeMain",
                        "host.one.client=" + java + " io.kera.bench.load.LoadMain",
                        "host.two.run=local",
                        "host.two.client=" + java + " io.kera.bench.load.LoadMain"));
        final HostsRun.Outcome producers =
                Objects.requireNonNull(HostsRun.run(file).get("producer"));
        assertEquals(2, producers.processes());
        assertTrue(producers.result().sent() > 0);
        assertEquals(0, producers.result().failures());
    }

    @Test
    void theExampleIsRead() throws Exception {
        final HostsFile file = HostsFile.read(Path.of("hosts.properties"));
        assertEquals(
                List.of("ssh", "-o", "BatchMode=yes", "-tt", "rack7-1"),
                file.server().run());
        assertEquals(
                List.of("--data-keep=false", "--http-listen=off", "--listen=tcp:10.0.7.1:4150"), file.serverSettings());
        assertEquals(3, file.clients().size());
    }

    @Test
    void aRemoteShellGetsWordsInQuotes() {
        final Host host = new Host("a", List.of("/usr/bin/ssh", "a"), List.of("kera", "node"), List.of());
        assertEquals(
                List.of("/usr/bin/ssh", "a", "'kera'", "'node'", "'--node-name=it'\\''s'"),
                host.command(host.node(), List.of("--node-name=it's")));
    }

    private static String trouble(Path folder, String ssh, String... more) throws Exception {
        final Path program = folder.resolve("ssh");
        Files.writeString(program, "#!/bin/sh\n" + ssh + "\n");
        assertTrue(program.toFile().setExecutable(true));
        final Map<String, String> values = new LinkedHashMap<>(
                Map.of("ssh", program.toString(), "server", "far", "role.producer", "near", "host.near.run", "local"));
        for (int at = 0; at < more.length; at += 2) {
            values.put(more[at], more[at + 1]);
        }
        return String.valueOf(assertThrows(CommandFailure.class, () -> HostsRun.run(HostsFile.parse(values)))
                .getMessage());
    }

    @Test
    void aHostThatCannotBeReachedIsNamedWithWhatSshSays(@TempDir Path folder) throws Exception {
        assertEquals(
                "host=far (server) node exit_status=255: ssh: connect to host far port 22: Connection refused; '"
                        + folder + "/ssh far true' must work without a question",
                trouble(folder, "echo ssh: connect to host far port 22: Connection refused; exit 255"));
    }

    @Test
    void aHostWithoutKeraIsToldHowToNameIt(@TempDir Path folder) throws Exception {
        assertEquals(
                "host=far (server) node exit_status=127: bash: line 1: kera: command not found; say where kera is by"
                        + " host.far.node=/.../bin/kera node",
                trouble(
                        folder,
                        "echo 'bash: line 1: kera: command not found'; echo 'Connection to far closed.'; exit 127"));
    }

    @Test
    void aClientThatFailsIsNamedWithItsLastWords(@TempDir Path folder) throws Exception {
        assertEquals(
                "host=near (role.producer) client exit_status=1: kera bench client: no node; it ran on this machine",
                trouble(
                        folder,
                        "echo '  clients   tcp:127.0.0.1:1'; echo '  shutdown.timeout    30s'; exec sleep 60",
                        "host.near.client",
                        client(folder)));
    }

    /** Fails, in colours. */
    private static String client(Path folder) throws Exception {
        final Path program = folder.resolve("client");
        Files.writeString(program, "#!/bin/sh\nprintf '\\033[31mkera bench client:\\033[0m no node\\n'; exit 1\n");
        assertTrue(program.toFile().setExecutable(true));
        return program.toString();
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        refuses("key=server is missing", "role.producer", "a");
        refuses("no role.* names a host", "server", "a");
        refuses("key=role.dancer", "server", "a", "role.dancer", "a");
        refuses("key=colour", "server", "a", "colour", "red");
        refuses(
                "key=host.b.run is about a host without a role",
                "server",
                "a",
                "role.producer",
                "a",
                "host.b.run",
                "x");
        refuses("seconds=abc; give a number", "server", "a", "role.producer", "a", "workload.seconds", "abc");
        refuses("key=workload.speed", "server", "a", "role.producer", "a", "workload.speed", "1");
        refuses("key=workload.warmup_max", "server", "a", "role.producer", "a", "workload.warmup_max", "20");
    }

    private static void refuses(String start, String... pairs) {
        final Map<String, String> values = new LinkedHashMap<>();
        for (int at = 0; at < pairs.length; at += 2) {
            values.put(pairs[at], pairs[at + 1]);
        }
        final IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> HostsFile.parse(values));
        assertTrue(String.valueOf(refusal.getMessage()).startsWith(start), refusal.getMessage());
    }
}
