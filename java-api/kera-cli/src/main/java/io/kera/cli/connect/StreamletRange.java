package io.kera.cli.connect;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.client.Admin;
import io.kera.client.OffsetSpec;
import io.kera.client.StreamInfo;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a streamlet holds. Immutable.
 *
 * @param earliest offset of its first record
 * @param latest offset after its last one
 */
public record StreamletRange(int streamlet, long earliest, long latest) {
    /** Of those streamlets, or of all when none is named. */
    public static List<StreamletRange> of(Admin admin, StreamInfo stream, List<Integer> streamlets) {
        for (final int streamlet : streamlets) {
            if (streamlet < 0 || streamlet >= stream.streamlets()) {
                throw new CommandFailure(
                        ExitCode.NOT_FOUND,
                        "streamlet=" + streamlet + " limit=0.." + (stream.streamlets() - 1) + "; stream "
                                + stream.name() + " has no such streamlet");
            }
        }
        return (streamlets.isEmpty()
                        ? IntStream.range(0, stream.streamlets()).boxed()
                        : streamlets.stream().distinct().sorted())
                .map(streamlet -> new StreamletRange(
                        streamlet,
                        admin.findOffset(stream.name(), streamlet, OffsetSpec.earliest()),
                        admin.findOffset(stream.name(), streamlet, OffsetSpec.latest())))
                .toList();
    }

    public long records() {
        return latest - earliest;
    }
}
