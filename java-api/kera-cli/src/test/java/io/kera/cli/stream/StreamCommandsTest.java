package io.kera.cli.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.Kera;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandNode;
import io.kera.cli.testing.CommandRun;
import io.kera.cli.testing.JsonText;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamCommandsTest {
    @TempDir
    static Path folder;

    private static CommandNode node;

    @BeforeAll
    static void start() {
        node = CommandNode.start(folder);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Map<String, Object> one(CommandRun run) {
        final List<Map<String, Object>> lines = run.expect(ExitCode.OK).json();
        assertEquals(1, lines.size());
        return lines.get(0);
    }

    @Test
    void saysThatThereAreNone(@TempDir Path empty) {
        try (CommandNode fresh = CommandNode.start(empty)) {
            final CommandRun run = fresh.run("stream", "list").expect(ExitCode.OK);
            assertEquals("", run.out());
            assertTrue(run.err().contains("kera stream create"), run.err());
            assertEquals(
                    0,
                    fresh.run("stream", "list", "--json")
                            .expect(ExitCode.OK)
                            .json()
                            .size());
        }
    }

    @Test
    void findsTheNodeOfThisMachineOverSharedMemory() {
        final Map<String, String> environment =
                Map.of("KERA_LISTEN", "tcp:127.0.0.1:1," + node.uri("shm"), "HOME", folder.toString());
        CommandRun.of(environment, "", "stream", "list").expect(ExitCode.OK);
    }

    @Test
    void seesAtOnceThatNobodyListensAtASocketAnyMore(@TempDir Path stale) throws IOException {
        final Path socket = stale.resolve("node.sock");
        try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            gone.bind(UnixDomainSocketAddress.of(socket));
        }
        final CommandRun run =
                CommandRun.of("stream", "list", "--uri=shm:" + socket).expect(ExitCode.UNREACHABLE);
        assertTrue(run.err().contains("nobody listens"), run.err());
        assertTrue(CommandRun.of("stream", "list", "--uri=shm:" + stale.resolve("none"))
                .expect(ExitCode.UNREACHABLE)
                .err()
                .contains("there is no such socket"));
        final Map<String, String> environment =
                Map.of("KERA_LISTEN", "shm:" + socket + "," + node.uri("tcp"), "HOME", folder.toString());
        CommandRun.of(environment, "", "stream", "list").expect(ExitCode.OK);
    }

    @Test
    void saysTheTokenByFlagOrEnvironment(@TempDir Path other) {
        try (CommandNode guarded = CommandNode.start(other, "sesame")) {
            guarded.run("stream", "list", "--token=sesame").expect(ExitCode.OK);
            CommandRun.of(Map.of("KERA_URI", guarded.uri("tcp"), "KERA_TOKEN", "sesame"), "", "stream", "list")
                    .expect(ExitCode.OK);
            final CommandRun refused = guarded.run("stream", "list").expect(ExitCode.UNAUTHORIZED);
            assertTrue(refused.err().contains("--token"), refused.err());
        }
    }

    @Test
    void createsWithEverySetting() {
        final Map<String, Object> made = one(node.run(
                "stream",
                "create",
                "all",
                "--streamlets=3",
                "--lanes=2",
                "--ack-level-min=leader",
                "--append-times",
                "--segment-bytes=1m",
                "--group-segments=4",
                "--retention=90m",
                "--retention-bytes=2g",
                "--json"));
        assertEquals("all", made.get("name"));
        assertEquals(3L, made.get("streamlets"));
        assertEquals(2L, made.get("lanes"));
        assertEquals("leader", made.get("ackLevelMin"));
        assertEquals(true, made.get("appendTimes"));
        assertEquals(1L << 20, made.get("segmentBytesMax"));
        assertEquals(4L, made.get("groupSegments"));
        assertEquals(5_400_000L, made.get("retentionMs"));
        assertEquals(2L << 30, made.get("retentionBytes"));
        final Map<String, Object> described = one(node.run("stream", "describe", "all", "--json"));
        assertEquals(3, JsonText.objects(described, "ranges").size());
        made.forEach((name, value) -> assertEquals(value, described.get(name), name));
        final String text =
                node.run("stream", "describe", "all").expect(ExitCode.OK).out();
        assertTrue(text.contains("retention        90m\n"), text);
        assertTrue(text.contains("STREAMLET  EARLIEST  LATEST  RECORDS\n        0         0       0        0\n"), text);
    }

    @Test
    void createsOnceOrLeavesWhatIsThere() {
        node.run("stream", "create", "once").expect(ExitCode.OK);
        final CommandRun again = node.run("stream", "create", "once").expect(ExitCode.FAILED);
        assertTrue(again.err().contains("STREAM_EXISTS"), again.err());
        assertEquals(
                1L,
                one(node.run("stream", "create", "once", "--streamlets=9", "--if-not-exists", "--json"))
                        .get("streamlets"));
    }

    @Test
    void listsByName() {
        node.run("stream", "create", "list-b").expect(ExitCode.OK);
        node.run("stream", "create", "list-a", "--streamlets=2").expect(ExitCode.OK);
        final List<Object> names = node.run("stream", "list", "--json").expect(ExitCode.OK).json().stream()
                .map(line -> line.get("name"))
                .toList();
        assertTrue(names.indexOf("list-a") >= 0 && names.indexOf("list-a") < names.indexOf("list-b"), names::toString);
        assertTrue(node.run("stream", "list").expect(ExitCode.OK).out().startsWith("NAME"));
    }

    @Test
    void altersWhatIsNamedAndLeavesTheRest() {
        node.run("stream", "create", "altered", "--retention=1h").expect(ExitCode.OK);
        final Map<String, Object> after =
                one(node.run("stream", "alter", "altered", "--lanes=3", "--retention-bytes=1m", "--json"));
        assertEquals(3L, after.get("lanes"));
        assertEquals(1L << 20, after.get("retentionBytes"));
        assertEquals(3_600_000L, after.get("retentionMs"));
        final Map<String, Object> last = one(node.run(
                "stream",
                "alter",
                "altered",
                "--retention=forever",
                "--retention-bytes=unlimited",
                "--ack-level-min=disk",
                "--json"));
        assertEquals(-1L, last.get("retentionMs"));
        assertEquals(-1L, last.get("retentionBytes"));
        assertEquals("disk", last.get("ackLevelMin"));
        final CommandRun nothing = node.run("stream", "alter", "altered").expect(ExitCode.MISUSED);
        assertTrue(nothing.err().contains("nothing to change"), nothing.err());
        assertTrue(node.run("stream", "alter", "altered", "--lanes=1")
                .expect(ExitCode.MISUSED)
                .err()
                .contains("lanes=1 limit=3"));
    }

    @Test
    void givesAStreamMoreStreamletsAndSaysWhatThisMeansForKeys() {
        node.run("stream", "create", "grown", "--streamlets=2", "--lanes=2").expect(ExitCode.OK);
        final String text = node.run("stream", "alter", "grown", "--streamlets=8")
                .expect(ExitCode.OK)
                .out();
        assertTrue(text.contains("streamlets       8\n"), text);
        assertTrue(text.contains("2 streamlets became 8. Records of a key may go to another streamlet"), text);
        node.runWith("a\n", "produce", "grown", "--streamlet=7").expect(ExitCode.OK);
        final Map<String, Object> same = one(node.run("stream", "alter", "grown", "--streamlets=8", "--json"));
        assertEquals(8L, same.get("streamlets"));
        assertEquals(2L, same.get("lanes"));
        assertFalse(node.run("stream", "alter", "grown", "--streamlets=8").out().contains("became"));
        assertEquals(
                9L,
                one(node.run("stream", "alter", "grown", "--streamlets=9", "--json"))
                        .get("streamlets"));
        assertEquals(
                9,
                node.run("offsets", "grown", "--json")
                        .expect(ExitCode.OK)
                        .json()
                        .size());
        final String help =
                node.run("stream", "alter", "--help").expect(ExitCode.OK).out().replaceAll("\\s+", " ");
        assertTrue(help.contains("Records of a key may go to another streamlet than before"), help);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "3|--streamlets=3 limit=8..65534; a stream never gets fewer streamlets, and shrunk has 8",
                "0|--streamlets=0 limit=1..65534; give how many",
                "-1|--streamlets=-1 limit=1..65534; give how many",
                "65535|--streamlets=65535 limit=1..65534; give how many",
                "many|'many' is not an int",
            })
    void refusesStreamletsThatCannotBe(String streamlets, String message) {
        node.run("stream", "create", "shrunk", "--streamlets=8", "--if-not-exists")
                .expect(ExitCode.OK);
        final CommandRun run = node.run("stream", "alter", "shrunk", "--streamlets=" + streamlets)
                .expect(ExitCode.MISUSED);
        assertTrue(run.err().contains(message), run.err());
        assertEquals(8L, one(node.run("stream", "describe", "shrunk", "--json")).get("streamlets"));
    }

    @Test
    void deletesOnlyWhenThatIsMeant() {
        node.run("stream", "create", "doomed").expect(ExitCode.OK);
        assertTrue(node.run("stream", "delete", "doomed")
                .expect(ExitCode.MISUSED)
                .err()
                .contains("--yes"));
        assertEquals(ExitCode.FAILED, answer("no\n"));
        assertEquals(ExitCode.FAILED, answer(""));
        assertEquals(ExitCode.OK, answer("doomed\n"));
        node.run("stream", "describe", "doomed").expect(ExitCode.NOT_FOUND);
        node.run("stream", "create", "doomed").expect(ExitCode.OK);
        assertEquals(
                "doomed",
                one(node.run("stream", "delete", "doomed", "--yes", "--json")).get("deleted"));
    }

    private static int answer(String line) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayInputStream in = new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8));
        return Kera.run(
                new Console(in, out, out, Map.of("KERA_URI", node.uri("tcp"), "NO_COLOR", "1"), true),
                "stream",
                "delete",
                "doomed");
    }

    @ParameterizedTest
    @CsvSource({
        "stream describe",
        "stream alter --lanes=2",
        "stream alter --streamlets=2",
        "stream delete --yes",
        "offsets",
        "consume",
        "produce",
    })
    void guessesWhichStreamWasMeant(String command) {
        node.run("stream", "create", "visits", "--if-not-exists").expect(ExitCode.OK);
        final CommandRun run = node.run((command + " vistis").split(" ", -1)).expect(ExitCode.NOT_FOUND);
        assertTrue(run.err().contains("stream=vistis; there is no such stream, perhaps visits"), run.err());
        final CommandRun far = node.run((command + " another").split(" ", -1)).expect(ExitCode.NOT_FOUND);
        assertFalse(far.err().contains("perhaps"), far.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "a b|stream_name_letters; a stream's name has letters, digits",
                "--streamlets=0 x|streamlets=0 limit=1",
                "--streamlets=many x|'many' is not an int",
                "--lanes=65 x|lanes=65 limit=64",
                "--ack-level-min=most x|expected one of [NONE, LEADER, REPLICAS, DISK]",
                "--retention=7 x|value=7 limit=0ms..forever",
                "--retention-bytes=-1 x|value=-1 limit=0..9223372036854775807",
                "--segment-bytes=3g x|value=3g limit=0..2147483647",
                "--segment-bytes=1x x|value=1x limit=0..2147483647",
            })
    void refusesSettingsThatCannotBe(String arguments, String message) {
        final List<String> line = new java.util.ArrayList<>(List.of("stream", "create"));
        line.addAll(arguments.startsWith("--") ? List.of(arguments.split(" ", -1)) : List.of(arguments));
        final CommandRun run = node.run(line.toArray(String[]::new)).expect(ExitCode.MISUSED);
        assertTrue(run.err().contains(message), run.err());
    }

    @Test
    void showsOffsets() {
        node.run("stream", "create", "counted", "--streamlets=2").expect(ExitCode.OK);
        node.runWith("a\nb\nc\n", "produce", "counted", "--streamlet=1").expect(ExitCode.OK);
        final List<Map<String, Object>> lines =
                node.run("offsets", "counted", "--json").expect(ExitCode.OK).json();
        assertEquals(2, lines.size());
        assertEquals(0L, lines.get(0).get("latest"));
        assertEquals(3L, lines.get(1).get("latest"));
        final Map<String, Object> ago = one(node.run("offsets", "counted", "--at=1h", "--streamlet=1", "--json"));
        assertEquals(0L, ago.get("at"));
        final String text = node.run("offsets", "counted", "--at=@9999999999999")
                .expect(ExitCode.OK)
                .out();
        assertTrue(text.contains("        1         0       3        3                  3\n"), text);
        assertTrue(node.run("offsets", "counted", "--streamlet=2")
                .expect(ExitCode.NOT_FOUND)
                .err()
                .contains("streamlet=2 limit=0..1"));
        assertTrue(node.run("offsets", "counted", "--at=noon")
                .expect(ExitCode.MISUSED)
                .err()
                .contains("--at=noon"));
    }
}
