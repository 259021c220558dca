package io.kera.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The table of arrows: which package may use which other one of ours, codecs, and libraries. A package that is not in
 * it may not be; an arrow that no class needs may not be, either. Immutable.
 */
final class Arrows {
    private static final String OURS = "io.kera";

    /** What not everybody may use. */
    private static final String[] GUARDED = {
        OURS, "kera.codec", "picocli", "com.sun.jna", "io.micrometer", "com.sun.net"
    };

    static final Arrows OF_KERA = of("""
            wire             -> kera.codec
            ffi              ->
            client.errors    -> ffi
            client.session   -> client.errors ffi wire kera.codec.client
            client.produce   -> client.errors client.session ffi wire
            client.consume   -> client.errors wire
            client           -> client.consume client.errors client.produce client.session ffi wire kera.codec.client
            coordinator      -> wire kera.codec.metadata
            node.files       ->
            node.log         -> ffi
            node.config      -> node.files
            node.control     -> coordinator ffi node.config node.log wire kera.codec.client kera.codec.control kera.codec.metadata
            node.http        -> ffi node.control io.micrometer
            node.service     -> ffi
            node             -> coordinator ffi node.config node.control node.files node.http node.log node.service
            cli.console      -> client.errors picocli
            cli.connect      -> cli.console client client.errors node.config picocli
            cli.json         ->
            cli.record       -> cli.console cli.connect cli.json client client.errors picocli
            cli.stream       -> cli.console cli.connect client client.errors picocli
            cli.dump         -> cli.console coordinator wire kera.codec ffi picocli
            cli.doctor       -> cli.console client client.errors node.config picocli com.sun.jna
            cli.quickstart   -> cli.console client client.errors node node.config node.log picocli
            cli              -> cli.console cli.doctor cli.dump cli.quickstart cli.record cli.stream client.errors node node.config node.files picocli
            bench.load       -> client client.errors
            bench.plot       ->
            bench.peer       -> bench.load
            bench.race       -> bench.load bench.peer cli.json
            bench.hosts      -> bench.load bench.peer cli.console
            bench            -> bench.hosts bench.load bench.peer bench.plot bench.race cli cli.console cli.json client client.errors node node.config node.log picocli
            """);

    private final Map<String, List<String>> allowed;

    private Arrows(Map<String, List<String>> allowed) {
        this.allowed = allowed;
    }

    /**
     * One package a line, and behind {@code ->} what it may use. A name that begins with a room of ours is a package
     * below {@code io.kera}; any other one stands for what is below it, too.
     */
    static Arrows of(String table) {
        final Map<String, List<String>> allowed = new TreeMap<>();
        table.lines().map(String::strip).filter(line -> !line.isEmpty()).forEach(line -> {
            final String[] sides = line.split("->", 2);
            final List<String> others = Arrays.stream(sides[1].strip().split(" +"))
                    .filter(other -> !other.isEmpty())
                    .map(Arrows::fullName)
                    .toList();
            allowed.put(fullName(sides[0].strip()), others);
        });
        return new Arrows(allowed);
    }

    private static String fullName(String name) {
        return Arrays.stream(GUARDED).anyMatch(other -> !other.equals(OURS) && name.startsWith(other))
                ? name
                : OURS + "." + name;
    }

    /** That a package uses nothing but what is allowed to it. */
    List<ArchRule> rules() {
        return allowed.keySet().stream().map(this::ruleOf).toList();
    }

    private ArchRule ruleOf(String room) {
        final List<String> seen = new ArrayList<>(List.of(room));
        allowed.getOrDefault(room, List.of()).forEach(other -> seen.add(pattern(other)));
        final String[] guarded = Arrays.stream(GUARDED).map(name -> name + "..").toArray(String[]::new);
        return noClasses()
                .that()
                .resideInAPackage(room)
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(guarded).and(not(resideInAnyPackage(seen.toArray(String[]::new)))))
                .because(room + " may know " + allowed.get(room) + " only; the table is in Arrows.java");
    }

    /** That nothing stands outside the table. */
    ArchRule everyPackageIsKnown() {
        return noClasses()
                .that(resideInAPackage(OURS + ".."))
                .should()
                .resideOutsideOfPackages(allowed.keySet().toArray(String[]::new))
                .because("a new package is a line in Arrows.java");
    }

    /** Imports that are not allowed: constants of other classes leave no trace in class files. */
    List<String> imported(List<JavaSource> sources) {
        final List<String> found = new ArrayList<>();
        for (final JavaSource source : sources) {
            final List<String> others = allowed.get(source.packageName());
            if (others == null || source.isTest()) {
                continue;
            }
            for (final String name : source.imports()) {
                if (isGuarded(name)
                        && !source.packageName().equals(packageOf(name))
                        && others.stream()
                                .noneMatch(other ->
                                        PackageMatcher.of(pattern(other)).matches(packageOf(name)))) {
                    found.add(source.path() + ": import of " + name + ", but " + source.packageName() + " may know "
                            + others + " only; the table is in Arrows.java");
                }
            }
        }
        return found;
    }

    private static boolean isGuarded(String name) {
        return Arrays.stream(GUARDED).anyMatch(guarded -> name.startsWith(guarded + "."));
    }

    /** Of a type, however deep in others. */
    private static String packageOf(String type) {
        return type.replaceFirst("\\.[A-Z*].*", "");
    }

    /** Arrows that no class needs, also not for a constant, which leaves no trace in its class file. */
    List<String> unused(JavaClasses classes, List<JavaSource> sources) {
        final List<String> found = new ArrayList<>();
        allowed.forEach((room, others) -> {
            for (final String other : others) {
                if (classes.stream().noneMatch(user -> user.getPackageName().equals(room) && uses(user, other))
                        && sources.stream()
                                .noneMatch(user -> user.packageName().equals(room) && imports(user, other))) {
                    found.add(room + " -> " + other + ": no class needs it; remove it from Arrows.java");
                }
            }
        });
        return found;
    }

    /** A way along the arrows that comes back to where it began; empty where there is none. */
    List<String> circle() {
        for (final String room : allowed.keySet()) {
            final List<String> way = circle(room, new LinkedHashSet<>());
            if (!way.isEmpty()) {
                return way;
            }
        }
        return List.of();
    }

    private List<String> circle(String room, Set<String> way) {
        if (!way.add(room)) {
            final List<String> all = new ArrayList<>(way);
            all.add(room);
            return all.subList(all.indexOf(room), all.size());
        }
        for (final String other : allowed.getOrDefault(room, List.of())) {
            final List<String> found = circle(other, way);
            if (!found.isEmpty()) {
                return found;
            }
        }
        way.remove(room);
        return List.of();
    }

    private static boolean uses(JavaClass user, String other) {
        final PackageMatcher matcher = PackageMatcher.of(pattern(other));
        return user.getDirectDependenciesFromSelf().stream()
                .anyMatch(arrow -> matcher.matches(arrow.getTargetClass().getPackageName()));
    }

    private static boolean imports(JavaSource user, String other) {
        final PackageMatcher matcher = PackageMatcher.of(pattern(other));
        return !user.isTest() && user.imports().stream().anyMatch(name -> matcher.matches(packageOf(name)));
    }

    private static String pattern(String name) {
        return name.startsWith(OURS + ".") ? name : name + "..";
    }
}
