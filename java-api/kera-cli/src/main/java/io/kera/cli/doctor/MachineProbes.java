package io.kera.cli.doctor;

import io.kera.cli.console.Amounts;
import io.kera.client.KeraClient;
import io.kera.client.errors.KeraException;
import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checks cores, clock, limits, network, disk and the virtual machine. Any thread. */
final class MachineProbes {
    private static final int JAVA_LEAST = 17;
    private static final int CORES_LEAST = 4;
    private static final long OPEN_FILES_LEAST = 16_384;
    private static final int NIC_MBITS_LEAST = 10_000;
    private static final long DISK_FREE_LEAST = 1L << 30;
    private static final String CLOCK = "sys/devices/system/clocksource/clocksource0/";
    private static final String GOVERNOR = "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";

    private final Host host;

    MachineProbes(Host host) {
        this.host = host;
    }

    List<Finding> run() {
        final List<Finding> findings = new ArrayList<>();
        findings.add(java());
        findings.add(library());
        findings.add(cores());
        findings.add(frequency());
        findings.add(clock());
        findings.add(openFiles());
        findings.addAll(network());
        findings.add(disk());
        return findings;
    }

    private static Finding java() {
        final int version = Runtime.version().feature();
        final String found = Runtime.version() + ", " + System.getProperty("java.vm.name", "unknown") + ", "
                + System.getProperty("os.arch", "unknown");
        return version >= JAVA_LEAST
                ? Finding.good("java", found)
                : Finding.bad(
                        "java", found, "KerA is compiled for Java 17", "sudo apt-get install openjdk-17-jdk-headless");
    }

    /** A client loads the library. It does not matter that nobody listens at this address. */
    private static Finding library() {
        try (KeraClient client = KeraClient.builder()
                .uri("shm:/nonexistent/kera-doctor.sock")
                .callTimeout(Duration.ofMillis(1))
                .connect()) {
            return Finding.good("libkera", client.isConnected() ? "loaded, and in use" : "loaded");
        } catch (KeraException e) {
            return Finding.good("libkera", "loaded");
        } catch (LinkageError e) {
            return Finding.bad(
                    "libkera",
                    String.valueOf(e.getMessage()),
                    "nothing works without it",
                    "./kera build release, or java -Dkera.native.path=FOLDER");
        }
    }

    private Finding cores() {
        final int usable = Runtime.getRuntime().availableProcessors();
        final String found = usable + " usable of " + host.coresOnline();
        return usable >= CORES_LEAST
                ? Finding.good("cores", found)
                : Finding.costly(
                        "cores",
                        found,
                        "threads of reactors, clients, disk and control share the cores: throughput is shared,"
                                + " and some latencies include the scheduler",
                        "");
    }

    private Finding frequency() {
        final String governor = host.read(GOVERNOR);
        if (governor.isEmpty() || "performance".equals(governor)) {
            return Finding.good("frequency", governor.isEmpty() ? "chosen by the host" : governor);
        }
        return Finding.costly(
                "frequency",
                governor,
                "cores are slow when work arrives after a pause: some latencies are tens of microseconds longer",
                "sudo kera-host tune --performance");
    }

    private Finding clock() {
        final String current = host.read(CLOCK + "current_clocksource");
        final boolean hasTsc = host.read(CLOCK + "available_clocksource").contains("tsc");
        if ("tsc".equals(current) || "arch_sys_counter".equals(current) || "kvm-clock".equals(current)) {
            return Finding.good("clock", current);
        }
        return Finding.costly(
                "clock",
                current.isEmpty() ? "unknown" : current,
                "each reading of the clock is a system call of a microsecond, and a chunk needs several",
                hasTsc ? "echo tsc | sudo tee /" + CLOCK + "current_clocksource" : "");
    }

    private Finding openFiles() {
        final long limit = host.limit(Host.LIMIT_OPEN_FILES);
        final String found = limit == Host.UNLIMITED ? "no limit" : "limit " + limit;
        return limit == Host.UNLIMITED || limit >= OPEN_FILES_LEAST
                ? Finding.good("open files", found)
                : Finding.costly(
                        "open files",
                        found,
                        "each connection, and each journal file that is in use, needs one: when none is left,"
                                + " clients are refused",
                        "sudo kera-host tune --limits=$USER, and log in again");
    }

    private List<Finding> network() {
        final List<Finding> findings = new ArrayList<>();
        for (final String name : host.list("sys/class/net")) {
            final String at = "sys/class/net/" + name + "/";
            if (!"lo".equals(name) && "up".equals(host.read(at + "operstate"))) {
                findings.add(card(name, host.readNumber(at + "speed", -1), host.readNumber(at + "mtu", 0)));
            }
        }
        return findings.isEmpty() ? List.of(Finding.good("network", "loopback only")) : findings;
    }

    private static Finding card(String name, long mbits, long mtu) {
        final String found = (mbits > 0 ? mbits / 1000.0 + " Gbit/s" : "speed unknown (virtual)") + ", mtu " + mtu;
        if (mbits > 0 && mbits < NIC_MBITS_LEAST) {
            return Finding.costly(
                    "network " + name,
                    found,
                    "the card, not the node, is the limit: " + Amounts.bytes(mbits * 125_000) + "/s at most",
                    "");
        }
        return mbits > 0 && mtu < 9_000
                ? Finding.costly(
                        "network " + name,
                        found,
                        "six times as many packets, and processor time for them, if the whole path can carry"
                                + " large ones",
                        "sudo ip link set dev " + name + " mtu 9000")
                : Finding.good("network " + name, found);
    }

    private Finding disk() {
        final DataFolder folder = DataFolder.of(host.environment());
        final File place = folder.existing().toFile();
        final String found = folder.path() + ": " + folder.fileSystem() + ", " + Amounts.bytes(place.getUsableSpace())
                + " free of " + Amounts.bytes(place.getTotalSpace());
        if (!place.canWrite()) {
            return Finding.bad("disk", found, "a node cannot write its data there", "kera node --data-folder=FOLDER");
        }
        if (place.getUsableSpace() < DISK_FREE_LEAST) {
            return Finding.bad(
                    "disk",
                    found,
                    "journals alone take several hundred MiB; then appends are refused with DISK_FULL",
                    "kera node --data-folder=FOLDER on a larger disk");
        }
        return List.of("tmpfs", "ramfs", "overlay").contains(folder.fileSystem())
                ? Finding.costly(
                        "disk",
                        found,
                        "what is acknowledged at 'disk' ends with the machine or container",
                        "kera node --data-folder=FOLDER on a disk")
                : Finding.good("disk", found);
    }
}
