package io.kera.bench.race;

import io.kera.bench.load.Engine;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Apache Kafka as it comes from Maven Central, our engine for its Java client, and our program for librdkafka: resolved
 * and compiled the first time, into a folder that is kept. Immutable once made.
 */
public final class KafkaPeer {
    /** Of broker and Java client. */
    public static final String VERSION = "4.3.1";

    static final String ENGINE = "io.kera.bench.kafka.KafkaEngine";

    private static final String MAVEN_DEPENDENCY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";
    private static final String ENGINE_SOURCE = "src/io/kera/bench/kafka/KafkaEngine.java";
    private static final List<String> NATIVE_HEADERS =
            List.of("librdkafka/figures.hpp", "librdkafka/load.hpp", "librdkafka/warm_up.hpp");
    private static final long RESOLVE_SECONDS = 600;
    private static final long COMPILE_SECONDS = 120;

    private final String classPath;
    private final String engineClassPath;
    private final Optional<Path> nativeClient;
    private final String nativeMissing;

    private KafkaPeer(String classPath, String engineClassPath, Optional<Path> nativeClient, String nativeMissing) {
        this.classPath = classPath;
        this.engineClassPath = engineClassPath;
        this.nativeClient = nativeClient;
        this.nativeMissing = nativeMissing;
    }

    /** Makes sure that everything is there. */
    public static KafkaPeer resolve(Path peers) throws IOException, InterruptedException {
        final Path jars = peers.toAbsolutePath().resolve("kafka-" + VERSION);
        final Path sources = Files.createDirectories(peers.toAbsolutePath().resolve("sources"));
        if (!hasJars(jars)) {
            final Path pom = extract("kafka/pom.xml", sources);
            System.err.println("resolving Apache Kafka " + VERSION + " from Maven Central into " + jars);
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
        }
        final String classPath = classPath(jars);
        final Path classes = compileEngine(sources, peers.toAbsolutePath().resolve("kafka-engine"), classPath);
        final String engineClassPath = classes + ":" + classPath;
        try {
            return new KafkaPeer(classPath, engineClassPath, Optional.of(compileNative(peers, sources)), "");
        } catch (IOException e) {
            return new KafkaPeer(classPath, engineClassPath, Optional.empty(), String.valueOf(e.getMessage()));
        }
    }

    /** Of the broker. */
    String classPath() {
        return classPath;
    }

    /** Of a client process, in front of our own. */
    String engineClassPath() {
        return engineClassPath;
    }

    /** Its Java client in this process. */
    Engine engine(String servers) {
        try {
            final List<URL> urls = new ArrayList<>();
            for (final String entry : engineClassPath.split(":")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            // Kept open for as long as the engine lives, which is as long as this process.
            final URLClassLoader loader =
                    new URLClassLoader(urls.toArray(new URL[0]), KafkaPeer.class.getClassLoader());
            Thread.currentThread().setContextClassLoader(loader);
            return Class.forName(ENGINE, true, loader)
                    .asSubclass(Engine.class)
                    .getConstructor(String.class, boolean.class)
                    .newInstance(servers, false);
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("engine=" + ENGINE + " cannot be loaded", e);
        }
    }

    /** The program over librdkafka, where that is installed. */
    public Optional<Path> nativeClient() {
        return nativeClient;
    }

    /** Why there is no program over librdkafka. */
    public String nativeMissing() {
        return nativeMissing;
    }

    private static boolean hasJars(Path jars) throws IOException {
        if (!Files.isDirectory(jars)) {
            return false;
        }
        try (Stream<Path> all = Files.list(jars)) {
            return all.anyMatch(jar -> jar.getFileName().toString().startsWith("kafka_"));
        }
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

    private static Path compileEngine(Path sources, Path classes, String kafkaClassPath) throws IOException {
        final Path source = extract("kafka/" + ENGINE_SOURCE, sources);
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        if (compiler == null) {
            throw new IOException("java.home=" + System.getProperty("java.home")
                    + " has no compiler; run with a JDK (Debian: openjdk-17-jdk-headless)");
        }
        Files.createDirectories(classes);
        final StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            final List<String> options = List.of(
                    "-proc:none", "-d", classes.toString(), "-cp", JavaCommand.classPath() + ":" + kafkaClassPath);
            if (!compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(source))
                    .call()) {
                throw new IOException("cannot compile " + source + ":\n" + said);
            }
        }
        return classes;
    }

    private static Path compileNative(Path peers, Path sources) throws IOException, InterruptedException {
        final Path program = peers.toAbsolutePath().resolve("librdkafka-load");
        boolean isFresh = true;
        for (final String header : NATIVE_HEADERS) {
            isFresh &= isNoOlder(program, extract(header, sources));
        }
        final Path source = extract("librdkafka/load.cpp", sources);
        if (isFresh && isNoOlder(program, source)) {
            return program;
        }
        ChildProcess.run(
                List.of("g++", "-std=c++20", "-O2", "-o", program.toString(), source.toString(), "-lrdkafka"),
                COMPILE_SECONDS);
        return program;
    }

    private static boolean isNoOlder(Path program, Path source) throws IOException {
        return Files.exists(program)
                && Files.getLastModifiedTime(program).compareTo(Files.getLastModifiedTime(source)) >= 0;
    }

    /** Left alone where it is the same already, so that its time says when it changed. */
    private static Path extract(String resource, Path folder) throws IOException {
        final Path file = folder.resolve(resource);
        Files.createDirectories(file.getParent());
        try (InputStream in = KafkaPeer.class.getResourceAsStream(resource)) {
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
