package io.kera.bench.peer;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * A system as it comes from Maven Central, and our engine for its Java client: resolved and compiled the first time,
 * into a folder that is kept. Immutable once made.
 *
 * @param classPath of its server, and of what its client needs
 * @param engineClassPath of a client process, in front of our own
 */
public record PeerBuild(String classPath, String engineClassPath) {
    private static final String MAVEN_DEPENDENCY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
    private static final long RESOLVE_SECONDS = 600;

    /** {@code resources} is the folder, beside this class, with a pom.xml and the sources of the engine. */
    static PeerBuild of(String resources, String version, List<String> engineSources, Path folder, PrintStream progress)
            throws IOException, InterruptedException {
        final Path peers = folder.toAbsolutePath();
        final Path jars = peers.resolve(resources + "-" + version);
        final Path sources = sources(folder);
        if (!Files.exists(jars.resolve(".complete"))) {
            final Path pom = extract(resources + "/pom.xml", sources);
            progress.println("resolving " + resources + " " + version + " from Maven Central into " + jars);
            ChildProcess.run(
                    List.of(
                            "mvn",
                            "-q",
                            "-B",
                            "-f",
                            pom.toString(),
                            MAVEN_DEPENDENCY + ":copy-dependencies",
                            "-DincludeScope=runtime",
                            "-DoutputDirectory=" + jars),
                    RESOLVE_SECONDS);
            Files.writeString(jars.resolve(".complete"), "");
        }
        final String classPath = classPath(jars);
        final Path classes =
                compile(resources, engineSources, sources, peers.resolve(resources + "-engine"), classPath);
        return new PeerBuild(classPath, classes + ":" + classPath);
    }

    /** Where what is built on demand is put first. */
    static Path sources(Path folder) throws IOException {
        return Files.createDirectories(folder.toAbsolutePath().resolve("sources"));
    }

    /** Named one by one: the compiler's interface knows no wildcards. */
    private static String classPath(Path jars) throws IOException {
        try (Stream<Path> all = Files.list(jars)) {
            return String.join(
                    ":",
                    all.map(Path::toString)
                            .filter(jar -> jar.endsWith(".jar"))
                            .sorted()
                            .toList());
        }
    }

    private static Path compile(
            String resources, List<String> engineSources, Path sources, Path classes, String classPath)
            throws IOException {
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IOException("java.home=" + System.getProperty("java.home")
                    + " has no compiler; run with a JDK (Debian: openjdk-17-jdk-headless)");
        }
        Files.createDirectories(classes);
        final StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            final List<String> options =
                    List.of("-proc:none", "-d", classes.toString(), "-cp", JavaCommand.classPath() + ":" + classPath);
            final List<Path> paths = new java.util.ArrayList<>();
            for (final String source : engineSources) {
                paths.add(extract(resources + "/" + source, sources));
            }
            if (!compiler.getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(paths))
                    .call()) {
                throw new IOException("cannot compile " + paths + ":\n" + said);
            }
        }
        return classes;
    }

    /** Left alone where it is the same already, so that its time says when it changed. */
    static Path extract(String resource, Path folder) throws IOException {
        final Path file = folder.resolve(resource);
        Files.createDirectories(file.getParent());
        try (InputStream in = PeerBuild.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("resource=" + resource + " is not in this build of kera-bench");
            }
            final Path fresh = Files.createTempFile(folder, "fresh", null);
            Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
            if (Files.exists(file) && Files.mismatch(file, fresh) < 0) {
                Files.delete(fresh);
            } else {
                Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return file;
    }
}
