package io.kera.node;

import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The lines that a started node prints: its addresses, its settings, and their origins. Any thread; owns nothing. */
public final class Banner {
    private Banner() {}

    /** Lines for a terminal or a log. */
    public static List<String> lines(KeraNode node, long startMillis) {
        final NodeConfig config = node.config();
        final List<String> lines = new ArrayList<>();
        lines.add(String.format(
                Locale.ROOT,
                "KerA node %d \"%s\", pid %d, ready after %d ms",
                config.get(NodeKeys.NODE_ID),
                config.get(NodeKeys.NODE_NAME),
                ProcessHandle.current().pid(),
                startMillis));
        for (final String endpoint : node.endpoints()) {
            lines.add("  clients   " + endpoint);
        }
        lines.add("  http      "
                + (node.httpPort() == 0 ? "off" : "port " + node.httpPort() + ": /metrics /healthz /readyz"));
        lines.add("  memory    " + node.memory());
        if (!config.get(NodeKeys.DATA_KEEP)) {
            lines.add("  data      kept in memory only: it ends with this process");
        }
        for (final ConfigKey<?> key : NodeKeys.all()) {
            lines.add(String.format(Locale.ROOT, "  %-19s %s  (%s)", key.name(), config.text(key), config.origin(key)));
        }
        return lines;
    }
}
