package io.kera.cli.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandNode;
import io.kera.cli.testing.CommandRun;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What export writes, import brings back; and what it did not write, import refuses by name. */
class TransferCommandsTest {
    @TempDir
    static Path folder;

    private static CommandNode node;

    @BeforeAll
    static void start() {
        node = CommandNode.start(folder);
        node.run("stream", "create", "source", "--streamlets=3", "--retention=7d")
                .expect(ExitCode.OK);
        node.runWith("a:one\nb:two \u00e9\nc:\nd:four\n", "produce", "source", "--key-separator=:", "--header=h=1")
                .expect(ExitCode.OK);
        node.runWith(
                        new ByteArrayInputStream(new byte[] {(byte) 0xff, 0, (byte) 0xfe, '\n'}),
                        "produce",
                        "source",
                        "--streamlet=1")
                .expect(ExitCode.OK);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Path export(String form, String name) {
        final Path file = folder.resolve(name);
        node.run("export", "source", "--form=" + form, "--file=" + file).expect(ExitCode.OK);
        return file;
    }

    private static CommandRun load(String stream, Path file, String... flags) {
        final List<String> line = new ArrayList<>(List.of("import", stream, "--file=" + file));
        line.addAll(List.of(flags));
        return node.run(line.toArray(String[]::new));
    }

    /** Its records, without the stream's name, in the order of streamlets. */
    private static List<String> records(String stream) {
        final List<String> all = new ArrayList<>();
        for (int streamlet = 0; streamlet < 3; streamlet++) {
            node.run("consume", stream, "--json", "--streamlet=" + streamlet)
                    .expect(ExitCode.OK)
                    .out()
                    .lines()
                    .map(line -> line.replace(stream, ""))
                    .forEach(all::add);
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ndjson", "raw"})
    void everyRecordComesBackAsItWas(String form) {
        final Path file = export(form, "whole." + form);
        load("copy-" + form, file, "--create", "--compression=zstd").expect(ExitCode.OK);
        assertEquals(records("source"), records("copy-" + form));
        assertEquals(5, records("source").size());
        assertTrue(node.run("stream", "describe", "copy-" + form, "--json")
                .expect(ExitCode.OK)
                .out()
                .contains("604800000"));
        load("copy-" + form, file, "--by-key").expect(ExitCode.OK);
        assertEquals(10, records("copy-" + form).size());
    }

    @ParameterizedTest
    @CsvSource({"ndjson,0.5", "ndjson,0.98", "raw,0.5", "raw,0.999"})
    void aFileThatWasCutOffIsNamedSo(String form, double part) throws IOException {
        final byte[] whole = Files.readAllBytes(export(form, "cut-" + part + form));
        final Path cut = folder.resolve("short-" + part + form);
        // At the end of a line: else the line itself is refused.
        int length = (int) (whole.length * part);
        while (!"raw".equals(form) && whole[length - 1] != '\n') {
            length--;
        }
        Files.write(cut, Arrays.copyOf(whole, length));
        final CommandRun run =
                load("cut-" + form + (part > 0.9), cut, "--create").expect(ExitCode.DAMAGED);
        assertTrue(run.err().contains("cut off"), run.err());
    }

    @Test
    void filesThatFollowEachOtherAreNotTakenForOne() throws IOException {
        for (final String form : List.of("raw", "ndjson")) {
            final byte[] one = Files.readAllBytes(export(form, "one." + form));
            final byte[] two = Arrays.copyOf(one, 2 * one.length);
            System.arraycopy(one, 0, two, one.length, one.length);
            final Path both = Files.write(folder.resolve("two." + form), two);
            assertTrue(load("two-" + form, both, "--create")
                    .expect(ExitCode.DAMAGED)
                    .err()
                    .contains("it has more behind"));
        }
    }

    @Test
    void anyByteThatIsWrongInARawFileIsNoticed() throws IOException {
        final Path file = export("raw", "spoilt.raw");
        final byte[] good = Files.readAllBytes(file);
        node.run("stream", "create", "spoilt", "--streamlets=3").expect(ExitCode.OK);
        for (int at = 0; at < good.length; at += 7) {
            final byte[] bad = good.clone();
            bad[at] ^= 0x20;
            Files.write(file, bad);
            final CommandRun run = load("spoilt", file);
            assertTrue(run.status() != ExitCode.OK, "byte " + at + " of " + good.length);
            assertTrue(!run.err().contains("Exception"), run.err());
        }
    }

    @Test
    void takesLinesOfOthers() throws IOException {
        final Path file = Files.writeString(folder.resolve("others"), """
                {"value":"plain"}

                {"keyHex":"ff00","key2":"second","valueBase64":"/wD+","timestampMs":9007199254740993}
                {"value":null,"headers":[{"name":"n","value":null},{"name":"b","valueHex":"00"}],"streamlet":2}
                """);
        load("others", file, "--create").expect(ExitCode.FAILED);
        node.run("stream", "create", "others3", "--streamlets=3").expect(ExitCode.OK);
        load("others3", file).expect(ExitCode.OK);
        final String all = String.join("\n", records("others3"));
        assertTrue(all.contains("\"timestampMs\":9007199254740993"), all);
        assertTrue(all.contains("\"keyBase64\":\"/wA=\",\"key2\":\"second\""), all);
        assertTrue(all.contains("\"value\":null,\"headers\":[{\"name\":\"n\",\"value\":null}"), all);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"value\":1}|line=1: member=value",
                "{\"valu\":\"a\"}|line=1: member=valu;",
                "{\"key\":\"a\"}|line=1: member=value; it is missing",
                "{\"valueBase64\":\"?\"}|line=1: member=valueBase64",
                "{\"value\":\"a\",\"timestampMs\":1.5}|line=1: member=timestampMs",
                "{\"value\":\"a\",\"streamlet\":3}|line=1: streamlet=3 limit=0..2",
                "{\"value\":\"a\",\"streamlet\":-1}|line=1: streamlet=-1 limit=0",
                "{\"value\":\"a\",\"streamlet\":-4294967295}|line=1: streamlet=-4294967295",
                "{\"value\":\"a\",\"headers\":{}}|line=1: member=headers",
                "[1]|line=1: it is no object",
                "{\"value\":|line=1: json_position",
                "{\"export\":9}|export=9 limit=1",
            })
    void namesWhatIsWrongWithALine(String line, String complaint) throws IOException {
        if (node.run("stream", "describe", "wrong").status() != ExitCode.OK) {
            node.run("stream", "create", "wrong", "--streamlets=3").expect(ExitCode.OK);
        }
        final CommandRun run = load("wrong", Files.writeString(folder.resolve("wrong"), line));
        assertTrue(run.status() != ExitCode.OK, run.err());
        assertTrue(run.err().contains(complaint), run.err());
    }

    @Test
    void overwritesAndCreatesOnlyWhenTold() {
        final Path file = export("raw", "there");
        assertTrue(node.run("export", "source", "--file=" + file)
                .expect(ExitCode.FAILED)
                .err()
                .contains("--overwrite"));
        node.run("export", "source", "--file=" + file, "--overwrite").expect(ExitCode.OK);
        assertTrue(load("nobody", file).expect(ExitCode.NOT_FOUND).err().contains("nobody"));
        assertTrue(
                load("source", file, "--create").expect(ExitCode.FAILED).err().contains("it exists"));
        load("source", folder).expect(ExitCode.MISUSED);
    }

    @Test
    void goesThroughPipes() {
        final CommandRun run =
                node.run("export", "source", "--form=raw", "--quiet").expect(ExitCode.OK);
        assertEquals("", run.err());
        node.runWith(new ByteArrayInputStream(run.bytes()), "import", "piped", "--create")
                .expect(ExitCode.OK);
        assertEquals(records("source"), records("piped"));
    }
}
