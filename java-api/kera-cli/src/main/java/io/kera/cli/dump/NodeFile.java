package io.kera.cli.dump;

import io.kera.cli.console.JsonObject;
import io.kera.wire.StreamDefinition;
import io.kera.wire.StreamMessages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import kera.codec.disk.FrameHeaderDecoder;
import kera.codec.disk.ProducerIdFileDecoder;
import kera.codec.disk.RunFileDecoder;
import kera.codec.disk.StreamFileDecoder;

/**
 * One of the small files of a node: a stream's settings, the producer ids handed out, how a run ended. Immutable.
 *
 * @param stream -1: it is not a stream's, or it is broken
 * @param starts the earliest offset of each streamlet
 */
record NodeFile(JsonObject facts, String text, String problem, long stream, List<Long> starts) {
    static final String STREAM_NAME = "stream.kera";
    static final String PRODUCERS_NAME = "producers.kera";
    static final String RUN_NAME = "run.kera";
    /** The second copy of a stream's settings. */
    private static final String COPY_NAMES = "\\d+\\.kera";

    private static final int CRC_BYTES = 4;
    private static final int SCHEMA = StreamFileDecoder.SCHEMA_ID;

    static boolean isNamedLikeOne(Path path) {
        final String name = path.getFileName().toString();
        return STREAM_NAME.equals(name)
                || PRODUCERS_NAME.equals(name)
                || RUN_NAME.equals(name)
                || name.matches(COPY_NAMES);
    }

    static NodeFile read(FileBytes file) {
        final int end = file.size() - CRC_BYTES;
        if (end < FrameHeaderDecoder.ENCODED_LENGTH) {
            return broken("file_bytes=" + file.size() + " limit=" + (FrameHeaderDecoder.ENCODED_LENGTH + CRC_BYTES));
        }
        final long stored = file.uint32(end);
        final long actual = file.crc32c(0, end);
        if (stored != actual) {
            return broken(FileBytes.crcText("file_crc32c", stored, actual));
        }
        final FrameHeaderDecoder header = new FrameHeaderDecoder().wrap(file.buffer(), 0);
        if (header.schemaId() != SCHEMA) {
            return broken("schema_id=" + header.schemaId() + " limit=" + SCHEMA);
        }
        try {
            return switch (header.templateId()) {
                case StreamFileDecoder.TEMPLATE_ID -> stream(file, header);
                case ProducerIdFileDecoder.TEMPLATE_ID -> producers(file, header);
                case RunFileDecoder.TEMPLATE_ID -> run(file, header);
                default -> broken("template_id=" + header.templateId() + " limit=" + RunFileDecoder.TEMPLATE_ID);
            };
        } catch (IndexOutOfBoundsException e) {
            return broken("frame_length=" + header.length() + " limit=" + end + "; its texts do not fit");
        }
    }

    private static NodeFile stream(FileBytes file, FrameHeaderDecoder header) {
        final StreamFileDecoder decoder = new StreamFileDecoder().wrapAndApplyHeader(file.buffer(), 0, header);
        final List<Long> starts = new ArrayList<>();
        for (final StreamFileDecoder.StartsDecoder start : decoder.starts()) {
            starts.add(start.recordOffset());
        }
        final String startTexts = starts.stream().map(String::valueOf).collect(Collectors.joining(","));
        final StringBuilder ends = new StringBuilder();
        for (final StreamFileDecoder.EndsDecoder end : decoder.ends()) {
            ends.append(ends.isEmpty() ? "" : ",").append(end.recordOffset());
        }
        final StringBuilder terms = new StringBuilder();
        for (final StreamFileDecoder.TermsDecoder term : decoder.terms()) {
            terms.append(terms.isEmpty() ? "" : ",")
                    .append(term.streamletId())
                    .append(':')
                    .append(term.term())
                    .append('@')
                    .append(term.recordOffset());
        }
        final int restarts = header.version() < StreamFileDecoder.restartsSinceVersion() ? 0 : decoder.restarts();
        final StreamDefinition stream = StreamMessages.read(decoder);
        while (starts.size() < stream.streamlets()) {
            starts.add(0L);
        }
        final JsonObject facts = new JsonObject()
                .put("name", stream.name())
                .put("stream", decoder.streamId())
                .put("term", decoder.term())
                .put("streamlets", stream.streamlets())
                .put("lanes", stream.lanes())
                .put("retentionMs", stream.retentionMs())
                .put("retentionBytes", stream.retentionBytes())
                .put("starts", startTexts)
                .put("ends", ends.toString())
                .put("terms", terms.toString())
                .put("restarts", restarts);
        return new NodeFile(
                facts,
                "stream " + decoder.streamId() + " \"" + stream.name() + "\", term " + decoder.term() + ", streamlets "
                        + stream.streamlets() + ", lanes " + stream.lanes() + ", starts " + startTexts
                        + (ends.isEmpty() ? "" : ", ends " + ends)
                        + (terms.isEmpty() ? "" : ", terms " + terms)
                        + (restarts == 0 ? "" : ", restarts " + restarts),
                "",
                decoder.streamId(),
                starts);
    }

    private static NodeFile producers(FileBytes file, FrameHeaderDecoder header) {
        final long next = new ProducerIdFileDecoder()
                .wrapAndApplyHeader(file.buffer(), 0, header)
                .nextId();
        return new NodeFile(
                new JsonObject().put("nextProducerId", next), "next producer id " + next, "", -1, List.of());
    }

    private static NodeFile run(FileBytes file, FrameHeaderDecoder header) {
        final RunFileDecoder run = new RunFileDecoder().wrapAndApplyHeader(file.buffer(), 0, header);
        final boolean clean = run.clean() == 1;
        return new NodeFile(
                new JsonObject().put("restarts", run.restarts()).put("clean", clean),
                "restarts " + run.restarts() + (clean ? ", stopped" : ", running or killed"),
                "",
                -1,
                List.of());
    }

    private static NodeFile broken(String problem) {
        return new NodeFile(new JsonObject(), "", problem, -1, List.of());
    }
}
