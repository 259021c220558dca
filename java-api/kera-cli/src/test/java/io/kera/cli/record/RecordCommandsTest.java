package io.kera.cli.record;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.Kera;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandNode;
import io.kera.cli.testing.CommandRun;
import io.kera.cli.testing.JsonText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordCommandsTest {
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

    private static String create(String name, int streamlets) {
        node.run("stream", "create", name, "--streamlets=" + streamlets).expect(ExitCode.OK);
        return name;
    }

    private static String read(String stream, String... flags) {
        final List<String> line = new java.util.ArrayList<>(List.of("consume", stream));
        line.addAll(List.of(flags));
        return node.run(line.toArray(String[]::new)).expect(ExitCode.OK).out();
    }

    @Test
    void givesBackEveryLineAsItWas() {
        final String stream = create("lines", 1);
        final String lines = "one\n\n  two \u00e9\u4e2d\r\nlast without an end";
        final CommandRun sent = node.runWith(lines, "produce", stream).expect(ExitCode.OK);
        assertTrue(sent.err().startsWith("sent 4 records, "), sent.err());
        assertEquals(lines + "\n", read(stream));
        assertEquals("", node.runWith("", "produce", stream).expect(ExitCode.OK).out());
        assertEquals(lines + "\n", read(stream));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "zstd"})
    void givesBackWhatWasCompressed(String codec) {
        final String stream = create("compressed-" + codec, 1);
        final String lines = "the same line again\n".repeat(1000);
        node.runWith(lines, "produce", stream, "--compression=" + codec).expect(ExitCode.OK);
        assertEquals(lines, read(stream));
    }

    @Test
    void namesTheCodecsThatThereAre() {
        final CommandRun run =
                node.runWith("a\n", "produce", "lines", "--compression=gzip").expect(ExitCode.MISUSED);
        assertTrue(run.err().contains("gzip") && run.err().contains("ZSTD"), run.err());
    }

    @Test
    void givesBackBytesThatAreNoText() {
        final String stream = create("bytes", 1);
        final byte[] bytes = {(byte) 0xff, 0, (byte) 0xfe, '\n'};
        node.runWith(new ByteArrayInputStream(bytes), "produce", stream).expect(ExitCode.OK);
        assertArrayEquals(bytes, node.run("consume", stream).expect(ExitCode.OK).bytes());
        assertEquals("ff00fe\n", read(stream, "--hex"));
        final Map<String, Object> record = JsonText.object(read(stream, "--json"));
        assertEquals("/wD+", record.get("valueBase64"));
        assertEquals("ff00fe", JsonText.object(read(stream, "--json", "--hex")).get("valueHex"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "shm"})
    void movesManyLinesFromAFile(String transport) throws IOException {
        final String stream = create("many-" + transport, 3);
        final Path file = Files.writeString(
                folder.resolve(transport),
                IntStream.range(0, 100_000).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining()));
        final String uri = "--uri=" + node.uri(transport);
        final Map<String, Object> sent = node.run("produce", stream, "--file", file.toString(), "--json", uri)
                .expect(ExitCode.OK)
                .json()
                .get(0);
        assertEquals(100_000L, sent.get("records"));
        assertEquals(0L, sent.get("chunksFailed"));
        final List<String> lines = read(stream, uri).lines().sorted().toList();
        assertEquals(100_000, lines.size());
        assertEquals(100_000, lines.stream().distinct().count());
    }

    @Test
    void showsProgressToPeopleOnly() throws IOException {
        final String stream = create("progress", 1);
        final Path file = Files.writeString(folder.resolve("progress"), "line\n".repeat(5_000));
        final java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
        final Map<String, String> environment = Map.of("KERA_URI", node.uri("tcp"));
        for (final boolean terminal : new boolean[] {true, false}) {
            err.reset();
            final Console console = new Console(
                    InputStream.nullInputStream(), OutputStream.nullOutputStream(), err, environment, terminal);
            assertEquals(
                    ExitCode.OK,
                    Kera.run(console, "produce", stream, "--file", file.toString(), "--rate=15000", "--acks=leader"));
            assertEquals(terminal, err.toString(StandardCharsets.UTF_8).contains(" of 24.4 KiB, 81 %"), err::toString);
        }
    }

    @Test
    void takesLinesThatAreLongerThanItsBuffer() {
        final String stream = create("long", 1);
        final String line = "x".repeat(3 << 20);
        node.runWith(line + "\nshort\n" + line, "produce", stream).expect(ExitCode.OK);
        assertEquals(line + "\nshort\n" + line + "\n", read(stream));
    }

    @Test
    void namesTheLineThatCannotBeARecord() {
        final String stream = create("huge", 1);
        final CommandRun run = node.runWith("short\n" + "x".repeat(40 << 20), "produce", stream);
        assertTrue(run.expect(ExitCode.FAILED).err().contains("line=2 LIMIT_EXCEEDED chunk_bytes="), run.err());
        assertEquals("short\n", read(stream));
    }

    @Test
    void splitsKeysFromValues() {
        final String stream = create("keys", 4);
        node.runWith("a::1\nb::\n::3\na::x::y\n", "produce", stream, "--key-separator=::")
                .expect(ExitCode.OK);
        final List<String> shown =
                read(stream, "--format=%k=%v %K %V\\n").lines().sorted().toList();
        assertEquals(List.of("=3 0 1", "a=1 1 1", "a=x::y 1 4", "b= 1 0"), shown);
        final List<Object> streamlets = read(stream, "--json")
                .lines()
                .map(JsonText::object)
                .filter(record -> "a".equals(record.get("key")))
                .map(record -> record.get("streamlet"))
                .distinct()
                .toList();
        assertEquals(1, streamlets.size(), "equal keys go to one streamlet");
        final CommandRun without = node.runWith("a::1\nnothing\n", "produce", stream, "--key-separator=::");
        assertTrue(without.expect(ExitCode.FAILED).err().contains("line=2; it has no key separator"), without.err());
        assertTrue(without.err().contains("sent 1 record"), without.err());
    }

    @Test
    void sendsKeyHeadersAndStreamletWithEveryRecord() {
        final String stream = create("headers", 2);
        node.runWith(
                        "v\\\"\t\n",
                        "produce",
                        stream,
                        "--key=k",
                        "--header=a=1",
                        "--header=b=x=y",
                        "--streamlet=1",
                        "--acks=disk")
                .expect(ExitCode.OK);
        final Map<String, Object> record = JsonText.object(read(stream, "--json"));
        assertEquals("k", record.get("key"));
        assertEquals("v\\\"\t", record.get("value"));
        assertEquals(1L, record.get("streamlet"));
        assertEquals(0L, record.get("offset"));
        assertEquals(
                List.of(Map.of("name", "a", "value", "1"), Map.of("name", "b", "value", "x=y")), record.get("headers"));
        assertEquals("a=1,b=x=y\n", read(stream, "--format=%h\\n"));
    }

    @Test
    void beginsWhereItIsTold() {
        final String stream = create("starts", 1);
        node.runWith("0\n1\n2\n3\n4\n", "produce", stream).expect(ExitCode.OK);
        assertEquals("3\n4\n", read(stream, "--from=3"));
        assertEquals("", read(stream, "--from=5"));
        assertEquals("4\n", read(stream, "--from=-1"));
        assertEquals("0\n1\n2\n3\n4\n", read(stream, "--from=-99"));
        assertEquals("0\n1\n2\n3\n4\n", read(stream, "--from=1h"));
        assertEquals("", read(stream, "--from=@9999999999999"));
        assertEquals("0\n1\n", read(stream, "--count=2"));
        assertEquals("", read(stream, "--count=0"));
        assertEquals("1\n", read(stream, "--from=1", "--count=1", "--follow"));
        final CommandRun beyond = node.run("consume", stream, "--from=6").expect(ExitCode.NOT_FOUND);
        assertTrue(beyond.err().contains("--from=6 limit=0..5 streamlet=0"), beyond.err());
    }

    @Test
    void saysHowManyThereWere() {
        final String stream = create("summary", 1);
        node.runWith("a\nb\n", "produce", stream).expect(ExitCode.OK);
        assertTrue(node.run("consume", stream).err().startsWith("read 2 records, 2 B of values in "));
        assertEquals("", node.run("consume", stream, "--quiet").err());
        assertEquals(
                2L, JsonText.object(node.run("consume", stream, "--json").err()).get("records"));
    }

    @Test
    void followsUntilItHasEnough() throws Exception {
        final String stream = create("followed", 2);
        final Thread producing = new Thread(() -> {
            for (int i = 0; i < 3; i++) {
                node.runWith("later\n", "produce", stream).expect(ExitCode.OK);
            }
        });
        producing.start();
        assertEquals("later\nlater\nlater\n", read(stream, "--follow", "--count=3"));
        producing.join();
    }

    @Test
    void followsIntoStreamletsThatComeLater() throws Exception {
        final String stream = create("growing", 1);
        final AtomicBoolean enough = new AtomicBoolean();
        final Thread growing = new Thread(() -> {
            for (int last = 1; last < 1000 && !enough.get(); last++) {
                node.run("stream", "alter", stream, "--streamlets=" + (last + 1))
                        .expect(ExitCode.OK);
                node.runWith("later\n", "produce", stream, "--streamlet=" + last)
                        .expect(ExitCode.OK);
            }
        });
        growing.start();
        assertEquals("later\n".repeat(30), read(stream, "--follow", "--count=30"));
        enough.set(true);
        growing.join();
    }

    @Test
    void holdsItsRate() {
        final String stream = create("paced", 1);
        final long beganNs = System.nanoTime();
        node.runWith("a\n".repeat(50), "produce", stream, "--rate=200").expect(ExitCode.OK);
        assertTrue(System.nanoTime() - beganNs >= 200_000_000L, "50 records at 200 a second take a quarter of one");
    }

    @Test
    void stopsAfterSoManyLines() {
        final String stream = create("counted", 1);
        node.runWith("a\nb\nc\n", "produce", stream, "--count=2").expect(ExitCode.OK);
        assertEquals("a\nb\n", read(stream));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "produce x --key=a --key-separator=b|give one of them",
                "produce x --key-separator=|limit=1.. chars",
                "produce x --rate=-1|--rate=-1.0 limit=0..",
                "produce x --rate=fast|'fast' is not a double",
                "produce x --count=-1|--count=-1 limit=0..",
                "produce x --header=a|--header=a limit=NAME=VALUE",
                "produce x --acks=some|expected one of",
                "consume x --count=-1|--count=-1 limit=0..",
                "consume x --from=noon|--from=noon; give beginning, end",
                "consume x --json --format=%v|give one of them",
                "consume x --format=%q|part=%q limit=%k %v",
                "consume x --format=%|limit=%k %v",
                "consume x --format=\\xg0|part=\\xg0",
                "consume|Missing required parameter: 'STREAM'",
            })
    void refusesWhatCannotBe(String line, String message) {
        final CommandRun run = node.run(line.split(" ", -1)).expect(ExitCode.MISUSED);
        assertTrue(run.err().contains(message), run.err());
    }

    @Test
    void saysWhatIsWrongWithAFile() {
        final String stream = create("files", 1);
        assertTrue(node.run("produce", stream, "--file=" + folder.resolve("none"))
                .expect(ExitCode.NOT_FOUND)
                .err()
                .contains("there is no such file"));
        assertTrue(node.run("produce", stream, "--file=" + folder)
                .expect(ExitCode.MISUSED)
                .err()
                .contains("it is a folder"));
        assertTrue(node.run("produce", stream, "--streamlet=1")
                .expect(ExitCode.NOT_FOUND)
                .err()
                .contains("streamlet=1 limit=0..0"));
    }

    @Test
    void endsQuietlyWhenItsReaderHasEnough() {
        final String stream = create("piped", 1);
        node.runWith("a line\n".repeat(100_000), "produce", stream).expect(ExitCode.OK);
        final OutputStream head = new OutputStream() {
            private int room = 100_000;

            @Override
            public void write(int one) throws IOException {
                if (room-- == 0) {
                    throw new IOException("Broken pipe");
                }
            }
        };
        final java.io.ByteArrayOutputStream err = new java.io.ByteArrayOutputStream();
        final Console console =
                new Console(InputStream.nullInputStream(), head, err, Map.of("KERA_URI", node.uri("tcp")), false);
        assertEquals(ExitCode.OK, Kera.run(console, "consume", stream));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
    }
}
