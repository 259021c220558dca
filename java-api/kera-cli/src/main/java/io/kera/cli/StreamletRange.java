package io.kera.cli;

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
record StreamletRange(int streamlet, long earliest, long latest) {
    /** Of those streamlets, or of all when none is named. */
    static List<StreamletRange> of(Admin admin, StreamInfo stream, List<Integer> streamlets) {
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

    long records() {
        return latest - earliest;
    }
}
