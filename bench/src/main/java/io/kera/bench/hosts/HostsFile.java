package io.kera.bench.hosts;

import io.kera.bench.load.Workload;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;

/**
 * Which machine does what; immutable. A file of {@code key=value} lines, explained in {@code bench/hosts.properties}.
 *
 * @param server who runs the node
 * @param serverSettings of the node, as flags
 * @param address what clients are given; empty: what the node says
 * @param clients who loads it, with what; one process each
 */
record HostsFile(Host server, List<String> serverSettings, String transport, String address, List<Client> clients) {
    private static final String SSH = "ssh -o BatchMode=yes -tt";
    private static final List<String> ROLES = List.of("producer", "consumer", "latency", "mixed");

    /** A client process. */
    record Client(String role, Host host, Workload workload) {}

    static HostsFile read(Path file) throws IOException {
        final Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        }
        final Map<String, String> values = new LinkedHashMap<>();
        properties.stringPropertyNames().stream()
                .sorted()
                .forEach(key -> values.put(key, properties.getProperty(key).trim()));
        return parse(values);
    }

    /**
     * From keys and values.
     *
     * @throws IllegalArgumentException names the key, and what it may be
     */
    static HostsFile parse(Map<String, String> given) {
        final Map<String, String> values = new LinkedHashMap<>(given);
        final String ssh = take(values, "ssh", SSH);
        final String server = take(values, "server", "");
        if (server.isEmpty()) {
            throw new IllegalArgumentException("key=server is missing; name the host that runs the node");
        }
        final String transport = take(values, "transport", "tcp");
        final String address = take(values, "server.address", "");
        final List<String> settings = new ArrayList<>();
        final Map<String, String> workload = new LinkedHashMap<>();
        final Map<String, String> roles = new LinkedHashMap<>();
        final Map<String, String> hosts = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            if (key.startsWith("node.")) {
                settings.add("--" + key.substring("node.".length()).replace('.', '-') + "=" + value);
            } else if (key.startsWith("workload.")) {
                workload.put(key.substring("workload.".length()), value);
            } else if (key.startsWith("role.")) {
                roles.put(key.substring("role.".length()), value);
            } else if (key.startsWith("host.")) {
                hosts.put(key.substring("host.".length()), value);
            } else {
                throw new IllegalArgumentException("key=" + key
                        + "; there are ssh, server, server.address, transport, node.*, role.*, host.*, workload.*");
            }
        });
        final Map<String, Host> made = new LinkedHashMap<>();
        final List<Client> clients = new ArrayList<>();
        roles.forEach((role, names) -> {
            for (final String name : words(names.replace(',', ' '))) {
                final Host host = made.computeIfAbsent(name, key -> host(key, hosts, ssh));
                clients.add(new Client(role, host, workload(role, workload)));
            }
        });
        if (clients.isEmpty()) {
            throw new IllegalArgumentException("no role.* names a host; give at least one of " + ROLES);
        }
        final Host node = made.computeIfAbsent(server, key -> host(key, hosts, ssh));
        refuseUnused(hosts, made);
        return new HostsFile(node, List.copyOf(settings), transport, address, List.copyOf(clients));
    }

    private static Workload workload(String role, Map<String, String> values) {
        final Map<String, String> all = new LinkedHashMap<>(values);
        all.put(
                "kind",
                switch (role) {
                    case "producer" -> "PRODUCE";
                    case "consumer" -> "CONSUME";
                    case "latency", "mixed" -> role.toUpperCase(Locale.ROOT);
                    default -> throw new IllegalArgumentException("key=role." + role + "; there are " + ROLES);
                });
        for (final String name : values.keySet()) {
            if (!Workload.of(Workload.Kind.PRODUCE).toMap().containsKey(name)) {
                throw new IllegalArgumentException("key=workload." + name + "; there are "
                        + Workload.of(Workload.Kind.PRODUCE).toMap().keySet());
            }
        }
        final Workload workload = Workload.parse(all);
        if (workload.warmupMaxSeconds() > workload.warmupSeconds()) {
            throw new IllegalArgumentException(
                    "key=workload.warmup_max value=" + workload.warmupMaxSeconds()
                            + " limit=workload.warmup: processes that warm until they are steady do not count at the same time");
        }
        return workload;
    }

    private static Host host(String name, Map<String, String> values, String ssh) {
        final String run = values.getOrDefault(name + ".run", ssh + " " + name);
        return new Host(
                name,
                "local".equals(run) ? List.of() : words(run),
                words(values.getOrDefault(name + ".node", "kera node")),
                words(values.getOrDefault(name + ".client", "kera bench client")));
    }

    private static void refuseUnused(Map<String, String> hosts, Map<String, Host> made) {
        for (final String key : new TreeSet<>(hosts.keySet())) {
            final int dot = key.lastIndexOf('.');
            final String what = key.substring(dot + 1);
            if (dot < 0 || !List.of("run", "node", "client").contains(what)) {
                throw new IllegalArgumentException("key=host." + key + "; there are host.NAME.run, .node, .client");
            }
            if (!made.containsKey(key.substring(0, dot))) {
                throw new IllegalArgumentException(
                        "key=host." + key + " is about a host without a role; there are " + made.keySet());
            }
        }
    }

    private static String take(Map<String, String> values, String key, String absent) {
        final String value = values.remove(key);
        return value == null ? absent : value;
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.trim().split("\\s+"));
    }
}
