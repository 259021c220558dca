package io.kera.bench.peer;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/**
 * A Go that can build what needs a newer one: since 1.21 it fetches that itself. An older one, such as Debian 12's,
 * fetches it as the module that it is. Any thread.
 */
final class GoToolchain {
    private static final int FETCHES_ITSELF_SINCE = 21;
    private static final String MODULE = "golang.org/toolchain";
    private static final String VERSION = "v0.0.1-go1.27.3.linux-";
    private static final long SECONDS = 600;

    private GoToolchain() {}

    /** The command. */
    static String find(PrintStream progress) throws IOException, InterruptedException {
        final String said;
        try {
            said = ChildProcess.run(List.of("go", "env", "GOVERSION"), SECONDS).get(0);
        } catch (IOException e) {
            throw new IOException(
                    "there is no Go to build its server (apt-get install golang-go)\n" + e.getMessage(), e);
        }
        if (minor(said) >= FETCHES_ITSELF_SINCE) {
            return "go";
        }
        final String version = VERSION + ("aarch64".equals(System.getProperty("os.arch")) ? "arm64" : "amd64");
        progress.println("go=" + said + " limit=go1." + FETCHES_ITSELF_SINCE + "; fetching " + MODULE + "@" + version);
        ChildProcess.run(List.of("go", "mod", "download", MODULE + "@" + version), SECONDS);
        final String cache =
                ChildProcess.run(List.of("go", "env", "GOMODCACHE"), SECONDS).get(0);
        final Path toolchain = Path.of(cache, MODULE + "@" + version);
        // Files of modules are not programs.
        ChildProcess.run(
                List.of(
                        "chmod",
                        "-R",
                        "u+wx",
                        toolchain.resolve("bin").toString(),
                        toolchain.resolve("pkg/tool").toString()),
                SECONDS);
        return toolchain.resolve("bin/go").toString();
    }

    /** Of {@code go1.19.8}. */
    static int minor(String version) {
        final String digits = version.replaceFirst("^go1\\.", "").replaceFirst("[^0-9].*$", "");
        return digits.isEmpty() ? 0 : Integer.parseInt(digits);
    }
}
