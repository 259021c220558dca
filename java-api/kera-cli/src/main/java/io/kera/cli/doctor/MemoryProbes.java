package io.kera.cli.doctor;

import io.kera.cli.console.Amounts;
import io.kera.node.config.ConfigException;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.util.ArrayList;
import java.util.List;

/** Checks memory: its size, its pages, and whether the kernel may swap it. Any thread. */
final class MemoryProbes {
    private static final long KIB = 1024;
    private static final int HUGE_PAGE_BYTES = 2 << 20;
    private static final String SHMEM = "sys/kernel/mm/transparent_hugepage/shmem_enabled";

    private final Host host;

    MemoryProbes(Host host) {
        this.host = host;
    }

    List<Finding> run() {
        final List<Finding> findings = new ArrayList<>();
        final long arena = arenaBytes();
        findings.add(memory(arena));
        findings.add(hugePages(arena));
        findings.add(transparentHugePages());
        findings.add(lockedMemory());
        findings.add(swap());
        findings.add(sharedMemory());
        return findings;
    }

    private Finding memory(long arena) {
        final long total = host.readField("proc/meminfo", "MemTotal") * KIB;
        final long available = host.readField("proc/meminfo", "MemAvailable") * KIB;
        final String found = Amounts.bytes(available) + " available of " + Amounts.bytes(total)
                + "; the arena of a node would be " + Amounts.bytes(arena) + "; pages of "
                + Amounts.bytes(host.pageBytes());
        return available >= arena + arena / 4
                ? Finding.good("memory", found)
                : Finding.bad(
                        "memory",
                        found,
                        "a node touches its whole arena within seconds, so the kernel may kill it or another process",
                        "kera node --memory-arena=" + Math.max(16, available / 2 / (KIB * KIB)) + "m");
    }

    private Finding hugePages(long arena) {
        final long free = host.readField("proc/meminfo", "HugePages_Free");
        final long wanted = (arena + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES;
        final long total = host.readField("proc/meminfo", "HugePages_Total");
        final String found = free + " free of " + total + ", of 2 MiB; " + wanted + " would hold the arena";
        // A node that runs may use those that are not free.
        return total >= wanted
                ? Finding.good("huge pages", found)
                : Finding.costly(
                        "huge pages",
                        found,
                        "without them copying waits for page tables: some percent of throughput, and some"
                                + " latencies include the first"
                                + " touch of a page",
                        "sudo kera-host tune --huge-pages=" + wanted);
    }

    /** The arena is shared memory, which has a setting of its own. */
    private Finding transparentHugePages() {
        final String choice = host.readChoice(SHMEM);
        final String found = "for shared memory: " + (choice.isEmpty() ? "the kernel has none" : choice);
        return List.of("always", "within_size", "advise", "force").contains(choice)
                ? Finding.good("transparent huge pages", found)
                : Finding.costly(
                        "transparent huge pages",
                        found,
                        "without huge pages, the arena has small pages",
                        choice.isEmpty() ? "" : "sudo kera-host tune --transparent-huge-pages");
    }

    private Finding lockedMemory() {
        final long limit = host.limit(Host.LIMIT_LOCKED_MEMORY);
        return Finding.good(
                "locked memory",
                (limit == Host.UNLIMITED ? "no limit" : "limit " + Amounts.bytes(limit))
                        + "; a node locks none, and its huge pages are never swapped");
    }

    private Finding swap() {
        final long total = host.readField("proc/meminfo", "SwapTotal") * KIB;
        final long swappiness = host.readNumber("proc/sys/vm/swappiness", 60);
        if (total == 0) {
            return Finding.good("swap", "none");
        }
        final String found = Amounts.bytes(total) + ", swappiness " + swappiness;
        return swappiness <= 10
                ? Finding.good("swap", found)
                : Finding.costly(
                        "swap",
                        found,
                        "the kernel may write idle data of the arena to disk, and reading it back takes milliseconds",
                        "sudo kera-host tune --swappiness");
    }

    private Finding sharedMemory() {
        final long total = host.path("dev/shm").toFile().getTotalSpace();
        final long free = host.path("dev/shm").toFile().getUsableSpace();
        if (total == 0) {
            return Finding.costly(
                    "/dev/shm",
                    "not there",
                    "libkera is unpacked elsewhere, which must allow execution; shared memory itself needs no file",
                    "sudo mount -t tmpfs -o nosuid,nodev,size=64m tmpfs /dev/shm");
        }
        return Finding.good(
                "/dev/shm",
                Amounts.bytes(free) + " free of " + Amounts.bytes(total)
                        + "; clients' shared memory is counted as memory, not here");
    }

    private long arenaBytes() {
        try {
            return NodeConfig.parse(List.of(), host.environment()).get(NodeKeys.MEMORY_ARENA);
        } catch (ConfigException e) {
            return NodeConfig.defaults().get(NodeKeys.MEMORY_ARENA);
        }
    }
}
