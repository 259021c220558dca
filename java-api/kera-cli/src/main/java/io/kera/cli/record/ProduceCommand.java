package io.kera.cli.record;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.connect.StreamletRange;
import io.kera.cli.console.Amounts;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.AckLevel;
import io.kera.client.ExclusiveProducer;
import io.kera.client.KeraClient;
import io.kera.client.NodeInfo;
import io.kera.client.ProducerOptions;
import io.kera.client.Record;
import io.kera.client.StreamInfo;
import io.kera.client.errors.BufferExhaustedException;
import io.kera.client.errors.KeraException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends lines as records. */
@Command(
        name = "produce",
        description = {
            "Send each line of standard input, or of a file, as a record without its line end.",
            "The command ends at the end of the input or by Ctrl-C, when everything is acknowledged. It prints a "
                    + "summary on standard error; with --json it prints one object on standard output.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera produce clicks < clicks.txt",
            "  kera produce clicks --file /data/clicks.tsv --key-separator '\\t' --acks disk",
            "  echo hello | kera produce clicks --key user-7 --header trace=4711",
            "  kera produce clicks --rate 1000 --file clicks.txt",
        })
public final class ProduceCommand implements Callable<Integer> {
    private static final Duration DELIVERY_LEAST = Duration.ofSeconds(20);

    @Parameters(paramLabel = "STREAM", description = "The stream's name.")
    private String name = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The file to read; '-' is standard input. Default: ${DEFAULT-VALUE}.")
    private String file = "-";

    @Option(
            names = "--key-separator",
            paramLabel = "TEXT",
            description = "Text between key and value in each line, such as ':' or '\\t'. Default: lines have no key.")
    private @Nullable String keySeparator;

    @Option(
            names = "--key",
            paramLabel = "TEXT",
            description = "Key of every record; equal keys go to the same streamlet.")
    private @Nullable String key;

    @Option(names = "--header", paramLabel = "NAME=VALUE", description = "Header of every record; may be repeated.")
    private List<String> headers = List.of();

    @Option(
            names = "--streamlet",
            paramLabel = "N",
            description = "Streamlet of every record. Default: by key," + " else any.")
    private @Nullable Integer streamlet;

    @Option(
            names = "--acks",
            paramLabel = "LEVEL",
            description = "Acknowledgement level: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private AckLevel acks = AckLevel.REPLICAS;

    @Option(
            names = "--compression",
            paramLabel = "CODEC",
            description = "Compression of what is sent: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private ProducerOptions.Compression compression = ProducerOptions.Compression.NONE;

    @Option(names = "--rate", paramLabel = "N", description = "Limit of records per second. Default: no limit.")
    private double rate;

    @Option(names = "--count", paramLabel = "N", description = "Stop after N lines. Default: all.")
    private long count = Long.MAX_VALUE;

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() throws IOException {
        checkFlags();
        final Map<String, byte[]> parsedHeaders = parseHeaders();
        try (InputStream in = open();
                KeraClient client = session.connect()) {
            final StreamInfo stream = NamedStream.find(client.admin(), name);
            if (streamlet != null) {
                StreamletRange.of(client.admin(), stream, List.of(streamlet));
            }
            return produce(client, stream, parsedHeaders, in);
        }
    }

    private int produce(KeraClient client, StreamInfo stream, Map<String, byte[]> parsedHeaders, InputStream in)
            throws IOException {
        try (ExclusiveProducer producer = client.exclusiveProducer(options())) {
            final LineRecords records = new LineRecords(
                    producer, stream.name(), streamlet, bytes(key), bytes(unescaped(keySeparator)), parsedHeaders);
            final ProduceProgress progress = new ProduceProgress(output.console(), fileBytes());
            return new ProduceRun(producer, records, new RateLimit(rate), count, session.timeout(), progress, output)
                    .run(new LineReader(in, Record.BYTES_MAX));
        } catch (BufferExhaustedException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    e.getMessage() + "; the node has accepted nothing for "
                            + Amounts.millis(session.timeout().toMillis()) + nodeState(client),
                    e);
        }
    }

    /** Why the node accepts nothing, as far as it answers. */
    private static String nodeState(KeraClient client) {
        if (!client.isConnected()) {
            return ": it cannot be reached";
        }
        try {
            final NodeInfo node = client.admin().describeNode();
            return ": its arena has " + Amounts.bytes(node.arenaUsedBytes()) + " of " + Amounts.bytes(node.arenaBytes())
                    + " in use, and its log says whether its disk is the cause; let streams keep less, or start"
                    + " it with a larger --memory-arena";
        } catch (KeraException e) {
            return ": it does not answer";
        }
    }

    /** A program may wait minutes for a node that accepts nothing. A person does not. */
    private ProducerOptions options() {
        final Duration delivery = session.timeout().multipliedBy(2);
        return ProducerOptions.builder()
                .acks(acks)
                .compression(compression)
                .maxBlock(session.timeout())
                .deliveryTimeout(delivery.compareTo(DELIVERY_LEAST) < 0 ? DELIVERY_LEAST : delivery)
                .build();
    }

    private void checkFlags() {
        if (key != null && keySeparator != null) {
            throw misuse("--key and --key-separator; give one of them");
        }
        if (keySeparator != null && keySeparator.isEmpty()) {
            throw misuse("--key-separator= limit=1.. chars; give the text between key and value");
        }
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw misuse("--rate=" + rate + " limit=0..; give records a second, or 0 for no limit");
        }
        if (count < 0) {
            throw misuse("--count=" + count + " limit=0..; give how many lines");
        }
    }

    private Map<String, byte[]> parseHeaders() {
        final Map<String, byte[]> parsed = new LinkedHashMap<>();
        for (final String header : headers) {
            final int equals = header.indexOf('=');
            if (equals < 1) {
                throw misuse("--header=" + header + " limit=NAME=VALUE; give a name and a value");
            }
            parsed.put(header.substring(0, equals), header.substring(equals + 1).getBytes(StandardCharsets.UTF_8));
        }
        return parsed;
    }

    private InputStream open() throws IOException {
        if ("-".equals(file)) {
            return output.console().in();
        }
        final Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new CommandFailure(ExitCode.MISUSED, "file=" + file + "; it is a folder: give a file of lines");
        }
        return Files.newInputStream(path);
    }

    private long fileBytes() throws IOException {
        return "-".equals(file) ? 0 : Files.size(Path.of(file));
    }

    private static CommandFailure misuse(String message) {
        return new CommandFailure(ExitCode.MISUSED, message);
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String unescaped(@Nullable String text) {
        return text == null ? null : text.replace("\\t", "\t").replace("\\0", "\0");
    }
}
