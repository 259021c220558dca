package io.kera.cli.record;

import io.kera.cli.connect.NamedStream;
import io.kera.cli.connect.SessionFlags;
import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.cli.console.OutputFlags;
import io.kera.client.AckLevel;
import io.kera.client.ExclusiveProducer;
import io.kera.client.KeraClient;
import io.kera.client.ProducerOptions;
import io.kera.client.StreamInfo;
import io.kera.client.StreamSettings;
import io.kera.client.errors.InvalidArgumentException;
import io.kera.client.errors.StreamExistsException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings the records of a file into a stream. */
@Command(
        name = "import",
        description = {
            "Append the records of a file that 'kera export' or 'kera consume --json' wrote to a stream. Keys, headers, "
                    + "values and times stay; offsets begin anew.",
            "A record goes to the streamlet that it came from. To import a file twice appends its records twice, "
                    + "so after a failure begin with a new stream.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kera import clicks --create --file clicks.ndjson",
            "  kera import clicks --by-key --file clicks.raw",
            "  gunzip -c clicks.ndjson.gz | kera import clicks --create",
        })
public final class ImportCommand implements Callable<Integer> {
    private static final int BUFFER_BYTES = 256 << 10;

    @Parameters(paramLabel = "STREAM", description = "The stream's name.")
    private String name = "";

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The file to read; '-' is standard input. Default: ${DEFAULT-VALUE}.")
    private String file = ExportFile.STANDARD;

    @Option(
            names = "--create",
            description = "Create the stream, with the settings in the file, or with defaults if it has none. It"
                    + " does not take append times, so that the records' times stay.")
    private boolean create;

    @Option(names = "--by-key", description = "Let keys choose streamlets again.")
    private boolean byKey;

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

    @Mixin
    private OutputFlags output = new OutputFlags();

    @Mixin
    private SessionFlags session = new SessionFlags();

    @Override
    public Integer call() throws IOException {
        try (InputStream in = open();
                KeraClient client = session.connect()) {
            final ImportSource source = source(in);
            final @Nullable ExportHead head = head(source);
            final StreamInfo stream = create ? created(client, head) : NamedStream.find(client.admin(), name);
            final ProducerOptions options = ProducerOptions.builder()
                    .acks(acks)
                    .compression(compression)
                    .build();
            try (ExclusiveProducer producer = client.exclusiveProducer(options)) {
                return new ImportRun(producer, stream, byKey, session.timeout(), output).run(source);
            }
        }
    }

    private @Nullable ExportHead head(ImportSource source) throws IOException {
        try {
            return source.head();
        } catch (IllegalArgumentException | InvalidArgumentException | EOFException e) {
            throw new CommandFailure(
                    ExitCode.DAMAGED,
                    "file=" + file + " " + source.place() + ": " + e.getMessage() + "; nothing was sent",
                    e);
        }
    }

    private StreamInfo created(KeraClient client, @Nullable ExportHead head) {
        try {
            return client.admin()
                    .createStream(
                            name,
                            head == null
                                    ? StreamSettings.DEFAULT
                                    : head.settings().withAppendTimes(false));
        } catch (StreamExistsException e) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "stream=" + name + "; it exists: without --create the records are appended to it",
                    e);
        }
    }

    private static ImportSource source(InputStream in) throws IOException {
        in.mark(RawExport.MAGIC.length);
        final boolean isRaw = Arrays.equals(in.readNBytes(RawExport.MAGIC.length), RawExport.MAGIC);
        in.reset();
        return isRaw ? new RawImport(in) : new NdjsonImport(in);
    }

    private InputStream open() throws IOException {
        if (ExportFile.STANDARD.equals(file)) {
            return new BufferedInputStream(output.console().in(), BUFFER_BYTES);
        }
        final Path path = Path.of(file);
        if (Files.isDirectory(path)) {
            throw new CommandFailure(ExitCode.MISUSED, "file=" + file + "; it is a folder: give a file");
        }
        return new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES);
    }
}
