package io.kera.cli.connect;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.client.Admin;
import io.kera.client.ListedStream;
import io.kera.client.StreamInfo;
import io.kera.client.errors.CorruptDataException;
import io.kera.client.errors.UnknownStreamException;
import java.util.Comparator;
import java.util.List;

/** Finds a stream by the name in a command. Stateless. */
public final class NamedStream {
    private NamedStream() {}

    /** The stream, or a failure that proposes a similar name. */
    public static StreamInfo find(Admin admin, String name) {
        try {
            return admin.describeStream(name);
        } catch (UnknownStreamException e) {
            final List<String> names =
                    admin.listStreams().stream().map(ListedStream::name).toList();
            throw new CommandFailure(
                    ExitCode.NOT_FOUND,
                    "stream=" + name + "; there is no such stream" + nearest(name, names)
                            + "; 'kera stream list' shows all streams, 'kera stream create " + name + "' creates it",
                    e);
        }
    }

    /** Checks that the stream exists. It may be set aside. */
    public static void require(Admin admin, String name) {
        try {
            find(admin, name);
        } catch (CorruptDataException e) {
            if (!"stream_set_aside".equals(e.what())) {
                throw e;
            }
        }
    }

    private static String nearest(String name, List<String> names) {
        return names.stream()
                .filter(other -> distance(name, other) <= Math.max(2, name.length() / 3))
                .min(Comparator.comparingInt(other -> distance(name, other)))
                .map(other -> ", perhaps " + other)
                .orElse("");
    }

    /** How many letters must be changed, added or removed to turn one name into the other. */
    private static int distance(String one, String other) {
        int[] before = new int[other.length() + 1];
        for (int at = 0; at <= other.length(); at++) {
            before[at] = at;
        }
        for (int row = 1; row <= one.length(); row++) {
            final int[] now = new int[other.length() + 1];
            now[0] = row;
            for (int at = 1; at <= other.length(); at++) {
                final int change = one.charAt(row - 1) == other.charAt(at - 1) ? 0 : 1;
                now[at] = Math.min(before[at - 1] + change, 1 + Math.min(before[at], now[at - 1]));
            }
            before = now;
        }
        return before[other.length()];
    }
}
