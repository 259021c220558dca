package io.kera.dist;

import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeKeys;

/** The text of {@code conf/kera.properties}: every key of a node, commented out. Stateless. */
final class ConfigurationExample {
    private ConfigurationExample() {}

    static String text() {
        final StringBuilder text = new StringBuilder("""
                # Settings of a node: kera node --config=FILE. All are commented out, and are what they are without this file.
                # The environment goes before the file, and a flag before both; `kera node --help` shows their names.
                """);
        for (final ConfigKey<?> key : NodeKeys.all()) {
            text.append('\n').append("# ").append(key.doc()).append('\n');
            text.append("# it is: ").append(key.typeDoc()).append("; default: ");
            text.append(key.defaultDoc().isEmpty() ? "none" : key.defaultDoc()).append('\n');
            text.append('#').append(key.name()).append("=\n");
        }
        return text.toString();
    }
}
