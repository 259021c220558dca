package io.kera.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds streams that the node's last start has set aside. The start wrote a note for each into the data folder. */
final class StreamProbes {
    private static final String NOTE = ".set_aside";

    private final DataFolder folder;

    StreamProbes(Host host) {
        folder = DataFolder.of(host.environment());
    }

    List<Finding> run() {
        final List<Finding> findings = new ArrayList<>();
        for (final Path note : notes()) {
            final String file = note.getFileName().toString();
            findings.add(Finding.bad(
                    "stream " + file.substring(0, file.length() - NOTE.length()),
                    "set aside: " + text(note),
                    "its requests are answered with CORRUPT; none of its files was removed. Put back what is"
                            + " missing in "
                            + folder.path().resolve("streams") + " and start the node again, or delete the stream:",
                    "kera stream delete NAME"));
        }
        return findings.isEmpty() ? List.of(Finding.good("streams", "none is set aside")) : findings;
    }

    private List<Path> notes() {
        try (Stream<Path> files = Files.list(folder.path().resolve("catalog"))) {
            return files.filter(file -> file.getFileName().toString().endsWith(NOTE))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String text(Path note) {
        try {
            return Files.readString(note).strip();
        } catch (IOException e) {
            return "its note cannot be read";
        }
    }
}
