package io.kera.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SourceRulesTest {
    private static final String NODE = "java-api/kera-node/src/main/java/io/kera/node/Thing.java";

    @Test
    void everyFileKeepsThem() {
        final List<JavaSource> sources = Checkout.sources();
        assertTrue(sources.size() > 100, () -> "sources=" + sources.size() + " in " + Checkout.root());
        final List<String> found = sources.stream()
                .flatMap(source -> SourceRules.findings(source).stream())
                .toList();
        assertEquals(List.of(), found, () -> String.join("\n", found));
    }

    @ParameterizedTest
    @CsvSource({
        "final class StreamUtils {}, name=StreamUtils",
        "final class ThingHelper {}, name=ThingHelper",
        "final class BufferManager {}, name=BufferManager",
        "class Thing {}, class=Thing",
        "final class Thing { void run() { System.out.println(); } }, System.out",
        "final class Thing { void run() { System.err.println(); } }, System.err",
    })
    void refusesIn(String text, String said) {
        assertSays(said, SourceRules.findings(JavaSource.of(NODE, text)));
    }

    @ParameterizedTest
    @CsvSource({
        "final class Thing {}",
        "sealed class Thing permits Other {} final class Other extends Thing {}",
        "record Utility() {}",
        "/** Not System.out. */ final class Thing { String text = \"System.out\"; }",
    })
    void allows(String text) {
        assertEquals(List.of(), SourceRules.findings(JavaSource.of(NODE, text)));
    }

    @Test
    void refusesALongFile() {
        assertSays(
                "limit=400", SourceRules.findings(JavaSource.of(NODE, "final class Thing {" + "\n".repeat(400) + "}")));
    }

    @Test
    void refusesALongMethod() {
        final String text = "final class Thing { void run() {" + "\n".repeat(70) + "} }";
        assertSays("method=run lines=71 limit=70", SourceRules.findings(JavaSource.of(NODE, text)));
    }

    @Test
    void refusesATestThatSleeps() {
        final JavaSource source = JavaSource.of(
                NODE.replace("/main/", "/test/"), "final class Thing { void run() { Thread.sleep(1); } }");
        assertSays("sleeps", SourceRules.findings(source));
    }

    private static void assertSays(String said, List<String> findings) {
        assertEquals(1, findings.size(), findings::toString);
        assertTrue(findings.get(0).contains(said), findings::toString);
    }
}
