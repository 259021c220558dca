package io.kera.node.config;

import io.kera.node.files.FileTrouble;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A node's settings, each with its origin. A flag overrides the environment, the environment the file, and the file the
 * default, which is chosen for the machine. Immutable; every value is checked.
 */
public final class NodeConfig {
    /** Variables of the launcher and of clients, and the name of the file. They are known, but are no settings. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("KERA_CONFIG", "KERA_URI", "KERA_TOKEN", "KERA_JAVA", "KERA_JAVA_OPTS", "KERA_PROGRAM");

    private record Setting(Object value, String text, String origin) {}

    private final Map<ConfigKey<?>, Setting> settings;
    private final List<String> notes;

    private NodeConfig(Map<ConfigKey<?>, Setting> settings, List<String> notes) {
        this.settings = settings;
        this.notes = notes;
    }

    /** All settings with their defaults. */
    public static NodeConfig defaults() {
        return builder().build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads a process's arguments ({@code --key=value}, {@code --key value}, {@code --config FILE}) and environment.
     *
     * @throws ConfigException the first wrong setting, with key, value, limit and origin
     */
    public static NodeConfig parse(List<String> arguments, Map<String, String> environment) {
        return builder().environment(environment).arguments(arguments).build();
    }

    @SuppressWarnings("unchecked")
    public <T> T get(ConfigKey<T> key) {
        return (T) setting(key).value();
    }

    /** The origin of a value, such as {@code flag --memory-arena}, or the reason for the default. */
    public String origin(ConfigKey<?> key) {
        return setting(key).origin();
    }

    /** The value as text; a secret is hidden. */
    public String text(ConfigKey<?> key) {
        final String text = setting(key).text();
        return key.isSecret() && !text.isEmpty() ? "(hidden)" : text;
    }

    /** Names of variables that look like settings, and are none. Log them. */
    public List<String> notes() {
        return notes;
    }

    private Setting setting(ConfigKey<?> key) {
        final Setting setting = settings.get(key);
        if (setting == null) {
            throw new IllegalArgumentException("key=" + key.name() + "; it is not in the table of keys");
        }
        return setting;
    }

    /** Collects settings from their sources. One thread. */
    public static final class Builder {
        private final Map<String, String> set = new LinkedHashMap<>();
        private final Map<String, String> flags = new LinkedHashMap<>();
        private Map<String, String> environment = Map.of();
        private @Nullable Path file;

        private Builder() {}

        /** Sets a value in the program. It overrides all other sources. */
        public Builder set(ConfigKey<?> key, String value) {
            set.put(key.name(), value);
            return this;
        }

        /** Reads {@code KERA_...} from these variables; default: from none. */
        public Builder environment(Map<String, String> variables) {
            environment = Map.copyOf(variables);
            return this;
        }

        /** A file of {@code key=value} lines, in UTF-8. */
        public Builder file(Path path) {
            file = path;
            return this;
        }

        /** Reads flags, as on a command line. */
        public Builder arguments(List<String> arguments) {
            for (int at = 0; at < arguments.size(); at++) {
                final String argument = arguments.get(at);
                final int equals = argument.indexOf('=');
                final String name = equals < 0 ? argument : argument.substring(0, equals);
                if (!isFlag(name)) {
                    throw new ConfigException(
                            "flag=" + name + "; there is no such flag: --help lists them" + nearest(name));
                }
                if (equals < 0 && at + 1 == arguments.size()) {
                    throw new ConfigException("flag=" + name + "; it requires a value, as in " + name + "=VALUE");
                }
                flags.put(name, equals < 0 ? arguments.get(++at) : argument.substring(equals + 1));
            }
            return this;
        }

        /** Makes the configuration, and checks every value. */
        public NodeConfig build() {
            final String named = flags.getOrDefault("--config", environment.getOrDefault("KERA_CONFIG", ""));
            final @Nullable Path from = named.isEmpty() ? file : Path.of(named);
            final Properties lines = from == null ? new Properties() : load(from);
            final Machine machine = Machine.probe(environment.isEmpty() ? System.getenv() : environment);
            final Map<ConfigKey<?>, Setting> settings = new LinkedHashMap<>();
            for (final ConfigKey<?> key : NodeKeys.all()) {
                settings.put(key, find(key, lines, String.valueOf(from), machine));
            }
            final NodeConfig config = new NodeConfig(settings, unusedVariables());
            checkTogether(config);
            return config;
        }

        private Setting find(ConfigKey<?> key, Properties lines, String from, Machine machine) {
            @Nullable String text = set.get(key.name());
            String origin = "program";
            if (text == null) {
                text = flags.get(key.flag());
                origin = "flag " + key.flag();
            }
            if (text == null) {
                text = environment.get(key.environmentName());
                origin = "environment " + key.environmentName();
            }
            if (text == null) {
                text = lines.getProperty(key.name());
                origin = "file " + from;
            }
            if (text == null) {
                final ConfigKey.Choice choice = key.choose(machine);
                text = choice.value();
                origin = choice.reason();
            }
            return new Setting(key.parse(text, origin), text.strip(), origin);
        }

        private static Properties load(Path file) {
            final Properties lines = new Properties();
            try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                lines.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new ConfigException("config_file=" + file + " (" + FileTrouble.words(e)
                        + "); give a readable file of key=value lines");
            }
            for (final String name : lines.stringPropertyNames()) {
                if (NodeKeys.all().stream().noneMatch(key -> key.name().equals(name))) {
                    throw new ConfigException("key=" + name + " (file " + file
                            + "); there is no such key: --help lists them" + nearest(name));
                }
            }
            return lines;
        }

        private static void checkTogether(NodeConfig config) {
            final long arena = config.get(NodeKeys.MEMORY_ARENA);
            final long loaded = config.get(NodeKeys.MEMORY_LOADED);
            if (loaded > arena / 2) {
                if (!"default".equals(config.origin(NodeKeys.MEMORY_LOADED))) {
                    throw new ConfigException("key=" + NodeKeys.MEMORY_LOADED + " value=" + ConfigType.sizeText(loaded)
                            + " limit=" + ConfigType.sizeText(arena / 2) + "; at most half of " + NodeKeys.MEMORY_ARENA
                            + " (" + config.origin(NodeKeys.MEMORY_LOADED) + ")");
                }
                config.settings.put(
                        NodeKeys.MEMORY_LOADED,
                        new Setting(arena / 2, ConfigType.sizeText(arena / 2), "half of a small arena"));
            }
        }

        private List<String> unusedVariables() {
            final List<String> unused = new ArrayList<>();
            for (final String name : environment.keySet()) {
                if (name.startsWith("KERA_")
                        && !OTHER_VARIABLES.contains(name)
                        && NodeKeys.all().stream()
                                .noneMatch(key -> key.environmentName().equals(name))) {
                    unused.add(name);
                }
            }
            unused.sort(null);
            return List.copyOf(unused);
        }

        private static boolean isFlag(String name) {
            return "--config".equals(name)
                    || NodeKeys.all().stream().anyMatch(key -> key.flag().equals(name));
        }

        /** For a wrong name such as memory-arena or arena, proposes --memory-arena. */
        private static String nearest(String name) {
            final String bare = name.replaceAll("^-+", "").replace('-', '.');
            return NodeKeys.all().stream()
                    .filter(key -> !bare.isEmpty() && (key.name().contains(bare) || bare.contains(key.name())))
                    .findFirst()
                    .map(key -> ", perhaps " + key.flag())
                    .orElse("");
        }
    }
}
