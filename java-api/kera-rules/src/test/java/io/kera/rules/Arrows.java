package io.kera.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The table of arrows: what each room of the Java side may know. A room that is not in it may not be. */
final class Arrows {
    /** Packages below {@code io.kera}, and what else of ours or of others they may use. */
    static final Map<String, List<String>> ALLOWED = new TreeMap<>(Map.of(
            "wire", List.of("kera.codec.chunk"),
            "ffi", List.of("io.kera.wire"),
            "client", List.of("io.kera.wire", "io.kera.ffi", "kera.codec.client"),
            "coordinator", List.of("io.kera.wire", "kera.codec.metadata"),
            "node",
                    List.of(
                            "io.kera.client",
                            "io.kera.ffi",
                            "io.kera.coordinator",
                            "kera.codec.client",
                            "kera.codec.control",
                            "kera.codec.metadata",
                            "io.micrometer",
                            "com.sun.net.httpserver"),
            "bench", List.of("io.kera.cli", "io.kera.client", "io.kera.node", "picocli"),
            "cli",
                    List.of(
                            "io.kera.client",
                            "io.kera.node",
                            "io.kera.coordinator",
                            "io.kera.wire",
                            "kera.codec",
                            "picocli",
                            "com.sun.jna")));

    /** What not everybody may use. */
    private static final String[] GUARDED = {
        "io.kera..", "kera.codec..", "picocli..", "com.sun.jna..", "io.micrometer..", "com.sun.net.."
    };

    private Arrows() {}

    /** That a room uses nothing but what is allowed to it. */
    static ArchRule ofRoom(String room, List<String> allowed) {
        final String[] seen = new String[allowed.size() + 1];
        seen[0] = "io.kera." + room + "..";
        for (int i = 0; i < allowed.size(); i++) {
            seen[i + 1] = allowed.get(i) + "..";
        }
        return noClasses()
                .that()
                .resideInAPackage("io.kera." + room + "..")
                .should()
                .dependOnClassesThat(resideInAnyPackage(GUARDED).and(not(resideInAnyPackage(seen))))
                .because("io.kera." + room + " may know " + allowed + " only; the table is in Arrows.java")
                .allowEmptyShould(true);
    }

    /** That nothing stands outside the table. */
    static ArchRule everyRoomIsKnown() {
        final String[] rooms =
                ALLOWED.keySet().stream().map(room -> "io.kera." + room + "..").toArray(String[]::new);
        return noClasses()
                .that(resideInAPackage("io.kera.."))
                .should()
                .resideOutsideOfPackages(rooms)
                .because("a new room is a line in Arrows.java");
    }
}
