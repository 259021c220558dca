package io.kera.cli.record;

import io.kera.cli.console.JsonObject;
import io.kera.cli.json.Json;
import io.kera.client.AckLevel;
import io.kera.client.StreamInfo;
import io.kera.client.StreamSettings;
import java.util.Locale;
import java.util.Map;

/** What an exported file says of its stream, as one line of JSON. Immutable. */
record ExportHead(String stream, StreamSettings settings) {
    /** The member that only this line has. */
    static final String MARK = "export";

    private static final int VERSION = 1;

    static String line(StreamInfo stream) {
        final StreamSettings settings = stream.settings();
        return new JsonObject()
                .put(MARK, VERSION)
                .put("stream", stream.name())
                .put("streamlets", settings.streamlets())
                .put("lanes", settings.lanes())
                .put("ackLevelMin", settings.ackLevelMin().name().toLowerCase(Locale.ROOT))
                .put("appendTimes", settings.appendTimes())
                .put("segmentBytesMax", settings.segmentBytesMax())
                .put("groupSegments", settings.groupSegments())
                .put("retentionMs", settings.retentionMs())
                .put("retentionBytes", settings.retentionBytes())
                .toString();
    }

    /**
     * Of such a line.
     *
     * @throws IllegalArgumentException it is none, or of a newer version
     */
    static ExportHead parse(String line) {
        if (Json.parse(line) instanceof Map<?, ?> members) {
            return of(members);
        }
        throw missing(MARK);
    }

    static ExportHead of(Map<?, ?> members) {
        final long version = number(members, MARK);
        if (version != VERSION) {
            throw new IllegalArgumentException(
                    "export=" + version + " limit=" + VERSION + "; a newer kera has written it");
        }
        if (!(members.get("appendTimes") instanceof Boolean appendTimes)) {
            throw missing("appendTimes");
        }
        final String level = text(members, "ackLevelMin").toUpperCase(Locale.ROOT);
        return new ExportHead(
                text(members, "stream"),
                new StreamSettings(
                        whole(members, "streamlets"),
                        whole(members, "lanes"),
                        AckLevel.valueOf(level),
                        appendTimes,
                        whole(members, "segmentBytesMax"),
                        whole(members, "groupSegments"),
                        number(members, "retentionMs"),
                        number(members, "retentionBytes")));
    }

    private static long number(Map<?, ?> members, String name) {
        if (members.get(name) instanceof Number number) {
            return number.longValue();
        }
        throw missing(name);
    }

    private static int whole(Map<?, ?> members, String name) {
        final long value = number(members, name);
        if (value != (int) value) {
            throw new IllegalArgumentException(name + "=" + value + " limit=" + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    private static String text(Map<?, ?> members, String name) {
        if (members.get(name) instanceof String text) {
            return text;
        }
        throw missing(name);
    }

    private static IllegalArgumentException missing(String name) {
        return new IllegalArgumentException("member=" + name + "; it is missing in the line about the stream");
    }
}
