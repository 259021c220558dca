package io.kera.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NodeConfigTest {
    private static final Map<String, String> NOTHING = Map.of("HOME", "/home/ada");

    @TempDir
    Path folder;

    private Path file(String... lines) throws IOException {
        return Files.write(folder.resolve("node.properties"), List.of(lines));
    }

    private static ConfigException refused(String... arguments) {
        return assertThrows(ConfigException.class, () -> NodeConfig.parse(List.of(arguments), NOTHING));
    }

    @Test
    void takesTheFlagBeforeTheEnvironmentBeforeTheFileBeforeTheDefault() throws IOException {
        final Path file = file("node.id=10", "node.name=from-file", "reactors=3", "memory.arena=128m");
        final Map<String, String> environment =
                Map.of("KERA_NODE_ID", "20", "KERA_NODE_NAME", "from-environment", "HOME", "/home/ada");
        final NodeConfig config = NodeConfig.parse(List.of("--config", file.toString(), "--node-id=30"), environment);
        assertEquals(30, config.get(NodeKeys.NODE_ID));
        assertEquals("flag --node-id", config.origin(NodeKeys.NODE_ID));
        assertEquals("from-environment", config.get(NodeKeys.NODE_NAME));
        assertEquals("environment KERA_NODE_NAME", config.origin(NodeKeys.NODE_NAME));
        assertEquals(3, config.get(NodeKeys.REACTORS));
        assertEquals("file " + file, config.origin(NodeKeys.REACTORS));
        assertEquals(128L << 20, config.get(NodeKeys.MEMORY_ARENA));
        assertEquals("backoff", config.get(NodeKeys.REACTORS_IDLE));
        assertEquals("default", config.origin(NodeKeys.REACTORS_IDLE));
    }

    @Test
    void findsTheFileByItsVariableToo() throws IOException {
        final Path file = file("node.id=10");
        final NodeConfig config = NodeConfig.parse(List.of(), Map.of("KERA_CONFIG", file.toString()));
        assertEquals(10, config.get(NodeKeys.NODE_ID));
    }

    @Test
    void keepsItsDataAndListensOnThisMachineWhenNobodySaysAnything() {
        final NodeConfig config = NodeConfig.parse(List.of(), NOTHING);
        assertTrue(config.get(NodeKeys.DATA_KEEP));
        assertEquals("/home/ada/.local/share/kera", config.get(NodeKeys.DATA_FOLDER));
        assertTrue(config.get(NodeKeys.LISTEN).contains("tcp:127.0.0.1:4150"));
        assertTrue(config.get(NodeKeys.LISTEN).get(1).startsWith("shm:/"));
        final Map<String, String> xdg = Map.of("XDG_DATA_HOME", "/data", "XDG_RUNTIME_DIR", folder.toString());
        final NodeConfig other = NodeConfig.parse(List.of(), xdg);
        assertEquals("/data/kera", other.get(NodeKeys.DATA_FOLDER));
        assertEquals(
                "shm:" + folder + "/kera/node.sock", other.get(NodeKeys.LISTEN).get(1));
    }

    @Test
    void takesNoFolderFromTheEnvironmentThatIsEmptyOrNotThere() {
        final NodeConfig empty = NodeConfig.parse(List.of(), Map.of("HOME", "", "XDG_RUNTIME_DIR", ""));
        assertTrue(Path.of(empty.get(NodeKeys.DATA_FOLDER)).isAbsolute(), empty.get(NodeKeys.DATA_FOLDER));
        final String nowhere = empty.get(NodeKeys.LISTEN).get(1);
        assertTrue(nowhere.matches("shm:(/tmp/kera-[^/]+|/run(/user/\\d+)?/kera)/node.sock"), nowhere);
        final Map<String, String> gone =
                Map.of("XDG_RUNTIME_DIR", folder.resolve("gone").toString());
        final NodeConfig other = NodeConfig.parse(List.of(), gone);
        assertEquals(nowhere, other.get(NodeKeys.LISTEN).get(1));
    }

    @Test
    void saysInWordsWhatIsTheMatterWithAFile() throws IOException {
        assertTrue(message("--config=" + folder.resolve("none")).contains("(no such file or folder)"));
        final Path latin = Files.write(folder.resolve("latin"), new byte[] {'a', '=', (byte) 0xff, (byte) 0xfe});
        assertTrue(message("--config=" + latin).contains("(not UTF-8)"));
        assertTrue(
                message("--listen=tcp:127.0.0.1:99999").contains("value=tcp:127.0.0.1:99999 limit=tcp:HOST:0..65535"));
    }

    private static String message(String... arguments) {
        return String.valueOf(refused(arguments).getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "2, 24, 1, 4096",
        "16, 8, 4, 2048",
        "64, 512, 8, 4096",
        "1, 0, 1, 64",
    })
    void choosesFromTheMachine(int cores, long memoryGib, String reactors, long arenaMib) {
        final Machine machine = new Machine(cores, memoryGib << 30, "machine", 0, "ada", NOTHING);
        assertEquals(reactors, NodeKeys.REACTORS.choose(machine).value());
        final String arena = NodeKeys.MEMORY_ARENA.choose(machine).value();
        assertEquals(arenaMib << 20, NodeKeys.MEMORY_ARENA.parse(arena, "test"));
    }

    static List<List<String>> wrongValues() {
        return List.of(
                List.of("node-id", "-1", "limit=0..2147483647"),
                List.of("node-id", "one", "limit=0..2147483647"),
                List.of("node-id", "99999999999", "limit=0..2147483647"),
                List.of("node-name", "", "limit=1..255 chars"),
                List.of("data-keep", "yes", "limit=true|false"),
                List.of("data-folder", "", "limit=1..4096 chars"),
                List.of("listen", "udp:127.0.0.1:1", "limit=tcp:HOST:PORT|shm:FILE"),
                List.of("listen", "tcp:127.0.0.1", "limit=tcp:HOST:PORT|shm:FILE"),
                List.of("listen", "tcp:a:1,", "limit=tcp:HOST:PORT|shm:FILE"),
                List.of("http-listen", "127.0.0.1", "limit=HOST:0..65535|off"),
                List.of("http-listen", "127.0.0.1:65536", "limit=HOST:0..65535|off"),
                List.of("reactors", "0", "limit=1..62"),
                List.of("reactors", "63", "limit=1..62"),
                List.of("reactors-pin", "1", "limit=true|false"),
                List.of("reactors-idle", "sleep", "limit=spin|backoff|park"),
                List.of("memory-arena", "1m", "limit=16m..64t"),
                List.of("memory-arena", "65t", "limit=16m..64t"),
                List.of("memory-arena", "4x", "limit=16m..64t"),
                List.of("memory-arena", "999999999999999999g", "limit=16m..64t"),
                List.of("memory-loaded", "1k", "limit=1m..64t"),
                List.of("memory-pages", "large", "limit=best|huge|transparent-huge|small"),
                List.of("memory-touch", "maybe", "limit=true|false"),
                List.of("retention-interval", "0ms", "limit=1ms..1h"),
                List.of("retention-interval", "2h", "limit=1ms..1h"),
                List.of("retention-interval", "10", "limit=1ms..1h"),
                List.of("producer-expiry", "1ms", "limit=1s..3650d"),
                List.of("shutdown-timeout", "2d", "limit=1ms..1h"));
    }

    @ParameterizedTest
    @MethodSource("wrongValues")
    void refusesWhatCannotBeAndNamesKeyValueLimitAndOrigin(List<String> wrong) {
        refuse(wrong.get(0), wrong.get(1), wrong.get(2));
    }

    private static void refuse(String flag, String value, String limit) {
        final String message = String.valueOf(refused("--" + flag + "=" + value).getMessage());
        final ConfigKey<?> key = NodeKeys.all().stream()
                .filter(one -> one.flag().equals("--" + flag))
                .findFirst()
                .orElseThrow();
        assertTrue(message.startsWith("key=" + key.name() + " value=" + value + " " + limit), message);
        assertTrue(message.endsWith("(flag --" + flag + ")"), message);
    }

    @Test
    void refusesMoreLoadedMemoryThanHalfTheArena() {
        final String message = String.valueOf(
                refused("--memory-arena=64m", "--memory-loaded=33m").getMessage());
        assertTrue(message.startsWith("key=memory.loaded value=33m limit=32m"), message);
        final NodeConfig small = NodeConfig.parse(List.of("--memory-arena=16m"), NOTHING);
        assertEquals(8L << 20, small.get(NodeKeys.MEMORY_LOADED));
    }

    @Test
    void refusesWhatIsNotInTheTable() throws IOException {
        assertTrue(String.valueOf(refused("--arena=1g").getMessage()).contains("perhaps --memory-arena"));
        assertTrue(String.valueOf(refused("--node-id").getMessage()).contains("requires a value"));
        assertTrue(String.valueOf(refused("start").getMessage()).contains("flag=start"));
        final Path file = file("memory.arenas=1g");
        final String message = String.valueOf(refused("--config=" + file).getMessage());
        assertTrue(message.contains("key=memory.arenas (file " + file + ")"), message);
        assertTrue(String.valueOf(refused("--config=" + folder.resolve("none")).getMessage())
                .contains("config_file="));
    }

    @Test
    void notesVariablesThatMeanNothing() {
        final NodeConfig config =
                NodeConfig.parse(List.of(), Map.of("KERA_MEMORY_ARENAS", "1g", "KERA_NODE_ID", "3", "HOME", "/h"));
        assertEquals(List.of("KERA_MEMORY_ARENAS"), config.notes());
        final Map<String, String> clients =
                Map.of("KERA_URI", "tcp:db7:4150", "KERA_JAVA_OPTS", "-Xmx1g", "HOME", "/h");
        assertEquals(List.of(), NodeConfig.parse(List.of(), clients).notes());
    }

    @Test
    void neverShowsASecret() {
        final NodeConfig config = NodeConfig.parse(List.of("--auth-token=tell-nobody"), NOTHING);
        assertEquals("tell-nobody", config.get(NodeKeys.AUTH_TOKEN));
        assertEquals("(hidden)", config.text(NodeKeys.AUTH_TOKEN));
        final ConfigException refused = refused("--auth-token=" + "x".repeat(1_025));
        assertFalse(String.valueOf(refused.getMessage()).contains("xxx"), refused.getMessage());
    }

    @Test
    void takesAmountsWithUnits() {
        final NodeConfig config = NodeConfig.parse(
                List.of("--memory-arena=1GiB", "--retention-interval=250ms", "--producer-expiry", "2h"), NOTHING);
        assertEquals(1L << 30, config.get(NodeKeys.MEMORY_ARENA));
        assertEquals(Duration.ofMillis(250), config.get(NodeKeys.RETENTION_INTERVAL));
        assertEquals(Duration.ofHours(2), config.get(NodeKeys.PRODUCER_EXPIRY));
    }

    @Test
    void documentsEveryKeyOnceUnderNamesOfItsOwn() throws IOException {
        final Set<String> names = new HashSet<>();
        final String page = Files.readString(Path.of("README.md"));
        for (final ConfigKey<?> key : NodeKeys.all()) {
            assertTrue(names.add(key.name()) && names.add(key.flag()) && names.add(key.environmentName()));
            assertFalse(key.doc().isEmpty());
            assertTrue(NodeKeys.help().contains(key.flag() + "="), key.flag());
        }
        assertTrue(page.contains(NodeKeys.markdown()), "README.md lacks the table of `kera node --keys-markdown`");
    }
}
