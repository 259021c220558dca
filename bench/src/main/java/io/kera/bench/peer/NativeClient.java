package io.kera.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Our program over librdkafka: compiled where that and a compiler are installed. Any thread. */
final class NativeClient {
    private static final List<String> HEADERS =
            List.of("librdkafka/client.hpp", "librdkafka/figures.hpp", "librdkafka/load.hpp", "librdkafka/warm_up.hpp");
    private static final long COMPILE_SECONDS = 120;

    private NativeClient() {}

    /** The program; a failure says what to install. */
    static Path compile(Path folder) throws IOException, InterruptedException {
        final Path sources = PeerBuild.sources(folder);
        final Path program = folder.toAbsolutePath().resolve("librdkafka-load");
        boolean isFresh = true;
        for (final String header : HEADERS) {
            isFresh &= isNoOlder(program, PeerBuild.extract(header, sources));
        }
        final Path source = PeerBuild.extract("librdkafka/load.cpp", sources);
        if (isFresh && isNoOlder(program, source)) {
            return program;
        }
        try {
            ChildProcess.run(
                    List.of("g++", "-std=c++20", "-O2", "-o", program.toString(), source.toString(), "-lrdkafka"),
                    COMPILE_SECONDS);
        } catch (IOException e) {
            throw new IOException(
                    "it cannot be compiled here (apt-get install librdkafka-dev g++)\n" + e.getMessage(), e);
        }
        return program;
    }

    private static boolean isNoOlder(Path program, Path source) throws IOException {
        return Files.exists(program)
                && Files.getLastModifiedTime(program).compareTo(Files.getLastModifiedTime(source)) >= 0;
    }
}
