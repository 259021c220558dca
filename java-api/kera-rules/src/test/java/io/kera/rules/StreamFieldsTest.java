package io.kera.rules;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Settings of streams are read from messages, and written into them, in one place. */
final class StreamFieldsTest {
    private static final String PLACE = "io.kera.wire.StreamMessages";
    private static final Set<String> FIELDS =
            Set.of("retentionMs", "retentionBytes", "groupSegments", "segmentBytesMax", "timestampType");

    private final JavaClasses classes = new ClassFileImporter().importPaths(Checkout.classFolders());

    @Test
    void areTouchedInOnePlace() {
        nobodyBut(PLACE).check(classes);
    }

    @Test
    void areMissedElsewhere() {
        final AssertionError refused =
                assertThrows(AssertionError.class, () -> nobodyBut("nobody").check(classes));
        assertTrue(String.valueOf(refused.getMessage()).contains(PLACE), refused::toString);
    }

    private static ArchRule nobodyBut(String place) {
        return noClasses()
                .that()
                .resideInAPackage("io.kera..")
                .and()
                .doNotHaveFullyQualifiedName(place)
                .should()
                .callMethodWhere(describe("a message's settings of a stream", StreamFieldsTest::isOfAMessage))
                .because(place + " is the place for it");
    }

    private static boolean isOfAMessage(JavaMethodCall call) {
        return FIELDS.contains(call.getTarget().getName())
                && call.getTargetOwner().getPackageName().startsWith("kera.codec.");
    }
}
