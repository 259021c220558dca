package io.kera.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.Kera;
import io.kera.cli.console.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorCommandTest {
    private static final String MEMORY = "MemTotal: 64000000 kB\nMemAvailable: 60000000 kB\n";

    @TempDir
    Path root;

    private void file(String name, String text) throws IOException {
        final Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text + "\n");
    }

    private Finding find(String name) {
        final Map<String, String> environment =
                Map.of("KERA_DATA_FOLDER", root.resolve("data").toString(), "KERA_MEMORY_ARENA", "1g");
        return DoctorCommand.findings(new Host(root, environment)).stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void looksAtEverything() {
        final List<String> names = DoctorCommand.findings(new Host(Path.of("/"), Map.of())).stream()
                .map(Finding::name)
                .toList();
        for (final String name : List.of(
                "java",
                "libkera",
                "cores",
                "frequency",
                "clock",
                "open files",
                "disk",
                "memory",
                "huge pages",
                "transparent huge pages",
                "locked memory",
                "swap",
                "/dev/shm")) {
            assertTrue(names.contains(name), names + " lacks " + name);
        }
        assertTrue(names.stream().anyMatch(name -> name.startsWith("network")), names::toString);
    }

    @Test
    void namesStreamsThatWereSetAside() throws IOException {
        assertEquals(Finding.Level.GOOD, find("streams").level());
        file("data/catalog/7.set_aside", "name=clicks CORRUPT stream_folder_missing=7");
        final Finding bad = find("stream 7");
        assertEquals(Finding.Level.BAD, bad.level());
        assertTrue(bad.found().contains("name=clicks"), bad.found());
        assertTrue(bad.cost().contains("data/streams"), bad.cost());
    }

    @Test
    void countsHugePagesAgainstTheArena() throws IOException {
        file("proc/meminfo", MEMORY + "HugePages_Total: 511\nHugePages_Free: 511");
        final Finding lacking = find("huge pages");
        assertEquals(Finding.Level.COSTLY, lacking.level());
        assertEquals("sudo kera-host tune --huge-pages=512", lacking.remedy());
        file("proc/meminfo", MEMORY + "HugePages_Total: 512\nHugePages_Free: 12");
        assertEquals(Finding.Level.GOOD, find("huge pages").level());
    }

    @Test
    void saysWhenTheArenaIsTooMuch() throws IOException {
        file("proc/meminfo", "MemTotal: 64000000 kB\nMemAvailable: 1000000 kB");
        final Finding lacking = find("memory");
        assertEquals(Finding.Level.BAD, lacking.level());
        assertEquals("kera node --memory-arena=488m", lacking.remedy());
    }

    @ParameterizedTest
    @CsvSource({"tsc,GOOD", "kvm-clock,GOOD", "hpet,COSTLY", "acpi_pm,COSTLY"})
    void knowsSlowClocks(String clock, Finding.Level level) throws IOException {
        file("sys/devices/system/clocksource/clocksource0/current_clocksource", clock);
        file("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet acpi_pm");
        assertEquals(level, find("clock").level());
        assertEquals(level == Finding.Level.COSTLY, find("clock").remedy().contains("echo tsc"));
    }

    @ParameterizedTest
    @CsvSource({"always [never],COSTLY", "always within_size [advise] never,GOOD", "'',COSTLY"})
    void knowsWhetherSharedMemoryMayHaveLargePages(String choices, Finding.Level level) throws IOException {
        file("sys/kernel/mm/transparent_hugepage/shmem_enabled", choices);
        assertEquals(level, find("transparent huge pages").level());
    }

    @ParameterizedTest
    @CsvSource({"0,60,GOOD", "1000,60,COSTLY", "1000,1,GOOD"})
    void knowsWhetherMemoryMayBeTakenAway(long kib, int swappiness, Finding.Level level) throws IOException {
        file("proc/meminfo", MEMORY + "SwapTotal: " + kib + " kB");
        file("proc/sys/vm/swappiness", String.valueOf(swappiness));
        assertEquals(level, find("swap").level());
    }

    @ParameterizedTest
    @CsvSource({"1000,1500,COSTLY", "25000,1500,COSTLY", "25000,9000,GOOD", "-1,1500,GOOD"})
    void knowsSlowCards(int mbits, int mtu, Finding.Level level) throws IOException {
        file("sys/class/net/eth7/operstate", "up");
        file("sys/class/net/eth7/speed", String.valueOf(mbits));
        file("sys/class/net/eth7/mtu", String.valueOf(mtu));
        file("sys/class/net/eth8/operstate", "down");
        assertEquals(level, find("network eth7").level());
    }

    @Test
    void knowsCoresThatAreSlowToWake() throws IOException {
        file("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave");
        assertEquals("sudo kera-host tune --performance", find("frequency").remedy());
    }

    @Test
    void saysWhatItCostsAndHowToMendItWhereverSomethingLacks() throws IOException {
        file("proc/meminfo", MEMORY);
        DoctorCommand.findings(new Host(root, Map.of()))
                .forEach(one -> assertEquals(
                        one.level() == Finding.Level.GOOD, one.cost().isEmpty(), one::toString));
    }

    @Test
    void namesOnlyOptionsThatTheTuningOfTheMachineHas() throws IOException {
        file("proc/meminfo", MEMORY + "SwapTotal: 1000 kB");
        file("sys/kernel/mm/transparent_hugepage/shmem_enabled", "always [never]");
        file("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave");
        final String script = Files.readString(Path.of("../../deploy/host/kera-host"));
        final List<String> options = DoctorCommand.findings(new Host(root, Map.of())).stream()
                .map(Finding::remedy)
                .filter(remedy -> remedy.startsWith("sudo kera-host tune "))
                .map(remedy -> remedy.replaceFirst("^sudo kera-host tune (--[a-z-]+).*", "$1"))
                .toList();
        assertTrue(options.size() >= 4, options::toString);
        options.forEach(option -> assertTrue(script.contains("\n  " + option), option));
    }

    @Test
    void printsForPeopleAndForPrograms() {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final Console console = new Console(InputStream.nullInputStream(), out, out, Map.of(), false);
        Kera.run(console, "doctor");
        assertTrue(out.toString(StandardCharsets.UTF_8).startsWith("ok    java  "), out::toString);
        out.reset();
        Kera.run(console, "doctor", "--json", "--lacking");
        assertFalse(out.toString(StandardCharsets.UTF_8).contains("\"level\":\"good\""), out::toString);
    }
}
