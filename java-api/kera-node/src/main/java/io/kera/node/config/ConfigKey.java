package io.kera.node.config;

import java.util.Locale;
import java.util.function.Function;

/**
 * One setting of a node: its name, type, default and purpose. The names of its environment variable and its flag follow
 * from its name in the file. Immutable; the table is {@link NodeKeys}.
 */
public final class ConfigKey<T> {
    /** The default of a setting, and the reason for it. */
    record Choice(String value, String reason) {}

    private final String name;
    private final ConfigType<T> type;
    private final String defaultDoc;
    private final Function<Machine, Choice> chooser;
    private final String doc;
    private final boolean secret;

    private ConfigKey(
            String name,
            ConfigType<T> type,
            String defaultDoc,
            Function<Machine, Choice> chooser,
            String doc,
            boolean secret) {
        this.name = name;
        this.type = type;
        this.defaultDoc = defaultDoc;
        this.chooser = chooser;
        this.doc = doc;
        this.secret = secret;
    }

    static <T> ConfigKey<T> fixed(String name, ConfigType<T> type, String value, String doc) {
        return new ConfigKey<>(name, type, value, machine -> new Choice(value, "default"), doc, false);
    }

    static <T> ConfigKey<T> chosen(
            String name, ConfigType<T> type, String defaultDoc, Function<Machine, Choice> chooser, String doc) {
        return new ConfigKey<>(name, type, defaultDoc, chooser, doc, false);
    }

    ConfigKey<T> asSecret() {
        return new ConfigKey<>(name, type, defaultDoc, chooser, doc, true);
    }

    /** In the file, such as {@code memory.arena}. */
    public String name() {
        return name;
    }

    /** Such as {@code KERA_MEMORY_ARENA}. */
    public String environmentName() {
        return "KERA_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** Such as {@code --memory-arena}. */
    public String flag() {
        return "--" + name.replace('.', '-');
    }

    /** The allowed values, in words. */
    public String typeDoc() {
        return type.name();
    }

    /** The default, in words. */
    public String defaultDoc() {
        return defaultDoc;
    }

    /** The purpose. */
    public String doc() {
        return doc;
    }

    /** Whether its value must not be shown. */
    public boolean isSecret() {
        return secret;
    }

    Choice choose(Machine machine) {
        return chooser.apply(machine);
    }

    T parse(String text, String origin) {
        try {
            return type.parser().apply(text.strip());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("key=" + name + " value=" + (secret ? "(hidden)" : text) + " " + e.getMessage()
                    + " (" + origin + ")");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
