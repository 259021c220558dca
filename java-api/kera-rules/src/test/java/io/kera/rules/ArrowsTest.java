package io.kera.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ArrowsTest {
    private final JavaClasses classes = new ClassFileImporter().importPaths(Checkout.classFolders());

    @BeforeAll
    void findsTheRooms() {
        for (final String name : List.of("io.kera.wire.KeyHash", "io.kera.client.Producer", "io.kera.node.KeraNode")) {
            assertTrue(classes.contain(name), () -> name + " is not in " + Checkout.classFolders());
        }
    }

    @Test
    void areTheOnlyOnes() {
        Arrows.OF_KERA.rules().forEach(rule -> rule.check(classes));
    }

    @Test
    void areTheOnlyOnesForConstants() {
        assertEquals(List.of(), Arrows.OF_KERA.imported(Checkout.sources()));
    }

    @Test
    void leaveNoPackageOut() {
        Arrows.OF_KERA.everyPackageIsKnown().check(classes);
    }

    @Test
    void areAllNeeded() {
        assertEquals(List.of(), Arrows.OF_KERA.unused(classes, Checkout.sources()));
    }

    @Test
    void runInNoCircle() {
        assertEquals(List.of(), Arrows.OF_KERA.circle());
    }

    @Test
    void areMissedWhenTheyAreNotAllowed() {
        final Arrows lacking = Arrows.of("client -> wire kera.codec.client");
        final AssertionError refused =
                assertThrows(AssertionError.class, () -> lacking.rules().forEach(rule -> rule.check(classes)));
        assertTrue(String.valueOf(refused.getMessage()).contains("io.kera.ffi"), refused::toString);
    }

    @Test
    void areMissedWhenOnlyAConstantIsTaken() {
        final JavaSource source = JavaSource.of(
                "java-api/kera-cli/src/main/java/io/kera/cli/Thing.java",
                "package io.kera.cli; import io.kera.wire.RecordLayout; import static io.kera.client.Record.BYTES_MAX;"
                        + " final class Thing {}");
        assertEquals(
                List.of("java-api/kera-cli/src/main/java/io/kera/cli/Thing.java: import of io.kera.wire.RecordLayout,"
                        + " but io.kera.cli may know [io.kera.client] only; the table is in Arrows.java"),
                Arrows.of("cli -> client").imported(List.of(source)));
    }

    @Test
    void areMissedForAPackageThatIsNotInTheTable() {
        final Arrows lacking = Arrows.of("client ->");
        final AssertionError refused = assertThrows(
                AssertionError.class, () -> lacking.everyPackageIsKnown().check(classes));
        assertTrue(String.valueOf(refused.getMessage()).contains("io.kera.node"), refused::toString);
    }

    @Test
    void areRefusedWhenNoClassNeedsThem() {
        final Arrows planted = Arrows.of("""
                wire   -> kera.codec.chunk picocli
                client -> wire node
                """);
        assertEquals(
                List.of(
                        "io.kera.client -> io.kera.node: no class needs it; remove it from Arrows.java",
                        "io.kera.wire -> picocli: no class needs it; remove it from Arrows.java"),
                planted.unused(classes, Checkout.sources()));
    }

    @Test
    void areRefusedWhenTheyRunInACircle() {
        final Arrows planted = Arrows.of("""
                a -> b
                b -> picocli c
                c -> b
                """);
        assertEquals(List.of("io.kera.b", "io.kera.c", "io.kera.b"), planted.circle());
    }
}
