package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every example in the Javadoc compiles as it stands. */
class JavadocSnippetsTest {
    private static final Pattern SNIPPET =
            Pattern.compile("<pre>\\{@code\\n(.*?)\\n\\s*\\*\\s*}</pre>", Pattern.DOTALL);
    private static final Pattern MARGIN = Pattern.compile("(?m)^\\s*\\* ?");

    @TempDir
    Path classes;

    private record Snippet(String name, String code) {}

    private static final class Source extends SimpleJavaFileObject {
        private final String text;

        Source(Snippet snippet) {
            super(URI.create("string:///" + snippet.name() + ".java"), Kind.SOURCE);
            final boolean isStatement = snippet.code().strip().endsWith(";")
                    || snippet.code().strip().endsWith("}");
            text = "import io.kera.client.*; import io.kera.client.Record; import java.time.Duration;\n"
                    + "abstract class " + snippet.name() + " {\n"
                    + "byte[] keyBytes, valueBytes, traceBytes; abstract long next();\n"
                    + "void run(KeraClient client, Producer producer, ExclusiveProducer exclusive) throws Exception {\n"
                    + (isStatement ? snippet.code() : "Object made = " + snippet.code() + ";")
                    + "\n}}\n";
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }

    private static List<Snippet> snippets() throws IOException {
        final List<Snippet> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            for (final Path file :
                    files.filter(f -> f.toString().endsWith(".java")).toList()) {
                final Matcher matcher = SNIPPET.matcher(Files.readString(file));
                while (matcher.find()) {
                    final String name = file.getFileName().toString().replace(".java", "") + "Snippet" + found.size();
                    found.add(new Snippet(name, MARGIN.matcher(matcher.group(1)).replaceAll("")));
                }
            }
        }
        return found;
    }

    @Test
    void compile() throws IOException {
        final List<Snippet> snippets = snippets();
        assertTrue(snippets.size() >= 8, () -> "snippets=" + snippets.size());
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter said = new StringWriter();
        final List<JavaFileObject> sources = new ArrayList<>();
        snippets.forEach(snippet -> sources.add(new Source(snippet)));
        final String classpath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        compiler.getTask(
                        said,
                        null,
                        null,
                        List.of("-classpath", classpath, "-d", classes.toString(), "-proc:none"),
                        null,
                        sources)
                .call();
        assertEquals("", said.toString());
    }
}
