package io.kera.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.cyclonedx.Version;
import org.cyclonedx.exception.ParseException;
import org.cyclonedx.model.Bom;
import org.cyclonedx.model.Component;
import org.cyclonedx.model.Dependency;
import org.cyclonedx.model.Hash;
import org.cyclonedx.parsers.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The bill of materials names all that the tarball holds of others and of us, and nothing else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MaterialsTest {
    private static final Pattern NATIVE = Pattern.compile(".*\\.(so|dll|jnilib|dylib|a)");
    private static final Pattern LOADED = Pattern.compile("\\b(lib[a-zA-Z0-9+_-]+)\\.so");

    private final Path bill = Path.of(System.getProperty("kera.materials", ""));
    private final Unpacked unpacked;
    private final Bom materials;

    MaterialsTest(@TempDir Path folder) throws IOException, InterruptedException, ParseException {
        unpacked = Unpacked.into(folder);
        materials = new JsonParser().parse(bill.toFile());
    }

    @Test
    void isCycloneDx() throws IOException {
        assertEquals(List.of(), new JsonParser().validate(bill.toFile(), Version.VERSION_16));
    }

    @Test
    void liesInTheTarballToo() throws IOException {
        assertEquals(-1, Files.mismatch(bill, unpacked.home().resolve("kera.cdx.json")));
    }

    @Test
    void isAboutKera() {
        final Component whole = materials.getMetadata().getComponent();
        assertEquals("kera", whole.getName());
        assertEquals(System.getProperty("kera.version"), whole.getVersion());
    }

    @Test
    void namesEveryJarWithItsBytes() throws IOException, NoSuchAlgorithmException {
        for (final Path jar : unpacked.jars()) {
            final MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            final String hash = HexFormat.of().formatHex(sha256.digest(Files.readAllBytes(jar)));
            final List<String> found = materials.getComponents().stream()
                    .filter(component -> component.getHashes() != null
                            && component.getHashes().stream()
                                    .map(Hash::getValue)
                                    .anyMatch(hash::equals))
                    .map(component -> component.getName() + "-" + component.getVersion() + ".jar")
                    .toList();
            assertEquals(List.of(jar.getFileName().toString()), found);
        }
    }

    @Test
    void namesNoOtherJar() {
        final Set<String> jars = unpacked.jars().stream()
                .map(jar -> jar.getFileName().toString())
                .collect(Collectors.toSet());
        final List<String> others = materials.getComponents().stream()
                .filter(component -> component.getHashes() != null)
                .map(component -> component.getName() + "-" + component.getVersion() + ".jar")
                .filter(name -> !jars.contains(name))
                .toList();
        assertEquals(List.of(), others);
    }

    @Test
    void namesALicenceOfEach() {
        for (final Component component : materials.getComponents()) {
            assertTrue(
                    component.getLicenses() != null
                            && (component.getLicenses().getExpression() != null
                                    || !component.getLicenses().getLicenses().isEmpty()),
                    component.getName());
        }
    }

    /** A jar with native code in it depends on what that code is. */
    @Test
    void namesWhatIsNativeInJars() throws IOException {
        final Map<String, String> inside = Map.of("kera-native", "libkera", "jna", "libffi");
        for (final Path jar : unpacked.jars()) {
            try (ZipFile contents = new ZipFile(jar.toFile())) {
                final String artifact = jar.getFileName().toString().replaceAll("-[0-9].*", "");
                final boolean hasNative = contents.stream()
                        .anyMatch(entry -> NATIVE.matcher(entry.getName()).matches());
                assertEquals(inside.containsKey(artifact), hasNative, artifact);
                if (hasNative) {
                    assertTrue(needs(artifact).contains(inside.get(artifact)), artifact);
                }
            }
        }
    }

    @Test
    void namesWhatLibkeraIsLinkedWithOrLoads() throws IOException {
        final Set<String> named = needs("libkera");
        assertTrue(named.containsAll(Set.of("libstdc++", "libgcc", "sbe-tool")), named::toString);
        final List<String> loaded = LOADED.matcher(new String(unpacked.libkera(), StandardCharsets.ISO_8859_1))
                .results()
                .map((MatchResult found) -> found.group(1))
                .filter(name -> !name.equals("libkera"))
                .distinct()
                .toList();
        assertFalse(loaded.isEmpty());
        for (final String name : loaded) {
            assertTrue(named.contains(name), name);
        }
        for (final String name : named) {
            assertTrue(component(name).getVersion().matches("[0-9].*"), name);
        }
    }

    @Test
    void hasNothingThatTheNextBuildWouldChange() throws IOException {
        final String text = Files.readString(bill);
        assertFalse(text.contains("serialNumber") || text.contains("timestamp"), text);
        assertFalse(text.contains(System.getProperty("kera.checkout", "?")), text);
    }

    /** Names of what a component depends on. */
    private Set<String> needs(String name) {
        final String reference = component(name).getBomRef();
        return materials.getDependencies().stream()
                .filter(dependency -> dependency.getRef().equals(reference))
                .flatMap(dependency -> dependency.getDependencies() == null
                        ? Stream.of()
                        : dependency.getDependencies().stream().map(Dependency::getRef))
                .map(this::named)
                .collect(Collectors.toSet());
    }

    private Component component(String name) {
        return materials.getComponents().stream()
                .filter(component -> component.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private String named(String reference) {
        return materials.getComponents().stream()
                .filter(component -> component.getBomRef().equals(reference))
                .map(Component::getName)
                .findFirst()
                .orElseThrow();
    }
}
