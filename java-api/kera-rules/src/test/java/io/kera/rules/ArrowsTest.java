package io.kera.rules;

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
    void runDownwardsOnly() {
        Arrows.ALLOWED.forEach((room, allowed) -> Arrows.ofRoom(room, allowed).check(classes));
    }

    @Test
    void leaveNoRoomOut() {
        Arrows.everyRoomIsKnown().check(classes);
    }

    @Test
    void areMissedWhenTheyAreNotAllowed() {
        final AssertionError refused = assertThrows(
                AssertionError.class,
                () -> Arrows.ofRoom("client", List.of("io.kera.wire")).check(classes));
        assertTrue(String.valueOf(refused.getMessage()).contains("io.kera.ffi"), refused::toString);
    }
}
