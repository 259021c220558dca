package io.kera.node.config;

import io.kera.node.config.ConfigKey.Choice;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** The table of a node's settings. File, environment, flags, help and the table on the page follow from it. */
public final class NodeKeys {
    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long ARENA_LEAST = 64 * MIB;
    private static final long ARENA_DEFAULT_MOST = 4 * GIB;
    private static final int CORES_PER_REACTOR = 4;
    private static final int REACTORS_DEFAULT_MOST = 8;

    public static final ConfigKey<Integer> NODE_ID = ConfigKey.fixed(
            "node.id",
            ConfigType.integer(0, Integer.MAX_VALUE),
            "1",
            "the node's number; do not change it while the data is kept");
    public static final ConfigKey<String> NODE_NAME =
            ConfigKey.fixed("node.name", ConfigType.text(1, 255), "kera", "the node's name for clients and in logs");
    public static final ConfigKey<Boolean> DATA_KEEP = ConfigKey.fixed(
            "data.keep",
            ConfigType.bool(),
            "true",
            "whether data is kept on disk; with false all data is lost when the process ends");
    public static final ConfigKey<String> DATA_FOLDER = ConfigKey.chosen(
            "data.folder",
            ConfigType.text(1, 4096),
            "$XDG_DATA_HOME/kera, else ~/.local/share/kera",
            machine -> new Choice(machine.dataHome().resolve("kera").toString(), "the user's data folder"),
            "the folder of journals, settings and metadata; only one process may use it");
    public static final ConfigKey<List<String>> LISTEN = ConfigKey.chosen(
            "listen",
            ConfigType.uris(),
            "tcp:127.0.0.1:4150 and shm:$XDG_RUNTIME_DIR/kera/node.sock, else below /run/user/UID, for root /run,"
                    + " else shm:/tmp/kera-USER/node.sock",
            machine -> new Choice(
                    "tcp:127.0.0.1:4150,shm:" + machine.runtimeFolder().resolve("node.sock"),
                    "this machine only, unless it is set"),
            "where clients connect; port 0 chooses a free port");
    public static final ConfigKey<String> HTTP_LISTEN = ConfigKey.fixed(
            "http.listen", ConfigType.hostPort(), "127.0.0.1:4151", "where /metrics, /healthz and /readyz are served");
    public static final ConfigKey<String> AUTH_TOKEN = ConfigKey.fixed(
                    "auth.token",
                    ConfigType.text(0, 1024),
                    "",
                    "the token that clients must send; when it is empty, they need none")
            .asSecret();
    public static final ConfigKey<Integer> REACTORS = ConfigKey.chosen(
            "reactors",
            ConfigType.integer(1, 62),
            "a quarter of the cores, 1..8",
            machine -> new Choice(
                    Integer.toString(Math.max(1, Math.min(REACTORS_DEFAULT_MOST, machine.cores() / CORES_PER_REACTOR))),
                    "a quarter of " + machine.cores() + " cores; the rest is for clients and disks"),
            "threads that serve clients");
    public static final ConfigKey<Boolean> REACTORS_PIN =
            ConfigKey.fixed("reactors.pin", ConfigType.bool(), "false", "whether reactor i runs on core i only");
    public static final ConfigKey<String> REACTORS_IDLE = ConfigKey.fixed(
            "reactors.idle",
            ConfigType.choice("spin", "backoff", "park"),
            "backoff",
            "what a reactor does without work; spin answers some microseconds sooner, and always uses a whole core");
    public static final ConfigKey<Long> MEMORY_ARENA = ConfigKey.chosen(
            "memory.arena",
            ConfigType.size(16 * MIB, 64L << 40),
            "a quarter of the memory, 64m..4g",
            NodeKeys::chooseArena,
            "memory for data, reserved at start");
    public static final ConfigKey<Long> MEMORY_LOADED = ConfigKey.fixed(
            "memory.loaded",
            ConfigType.size(MIB, 64L << 40),
            "16m",
            "the part of the arena for old data that is read back from disk; at most half of the arena");
    public static final ConfigKey<String> MEMORY_PAGES = ConfigKey.chosen(
            "memory.pages",
            ConfigType.choice("best", "huge", "transparent-huge", "small"),
            "best",
            machine -> new Choice(
                    "best",
                    "huge_pages_free=" + machine.hugePagesFree() + "; the line 'memory' shows which pages it got"),
            "pages of the arena; huge refuses to start without huge pages");
    public static final ConfigKey<Boolean> MEMORY_TOUCH = ConfigKey.fixed(
            "memory.touch",
            ConfigType.bool(),
            "true",
            "whether a background thread touches all pages of the arena after the start, so that appends do not wait"
                    + " for new pages");
    public static final ConfigKey<Duration> MEMORY_KEPT = ConfigKey.fixed(
            "memory.kept",
            ConfigType.duration(Duration.ZERO, Duration.ofDays(1)),
            "10m",
            "how long kera-keeper, a small process, holds the memory of a node that was killed, so that the next start"
                    + " loses nothing; with 0s a kill may lose what the disk had not taken yet");
    public static final ConfigKey<Duration> RETENTION_INTERVAL = ConfigKey.fixed(
            "retention.interval",
            ConfigType.duration(Duration.ofMillis(1), Duration.ofHours(1)),
            "1s",
            "how often retention is applied and idle producers are forgotten; retention by size is also applied when a"
                    + " segment closes");
    public static final ConfigKey<Duration> PRODUCER_EXPIRY = ConfigKey.fixed(
            "producer.expiry",
            ConfigType.duration(Duration.ofSeconds(1), Duration.ofDays(3_650)),
            "1d",
            "how long an idle producer is remembered at most, so that its retries are recognised");
    public static final ConfigKey<Duration> SHUTDOWN_TIMEOUT = ConfigKey.fixed(
            "shutdown.timeout",
            ConfigType.duration(Duration.ofMillis(1), Duration.ofHours(1)),
            "30s",
            "how long a stop waits until everything acknowledged is on disk");

    private static final List<ConfigKey<?>> ALL = List.of(
            NODE_ID,
            NODE_NAME,
            DATA_KEEP,
            DATA_FOLDER,
            LISTEN,
            HTTP_LISTEN,
            AUTH_TOKEN,
            REACTORS,
            REACTORS_PIN,
            REACTORS_IDLE,
            MEMORY_ARENA,
            MEMORY_LOADED,
            MEMORY_PAGES,
            MEMORY_TOUCH,
            MEMORY_KEPT,
            RETENTION_INTERVAL,
            PRODUCER_EXPIRY,
            SHUTDOWN_TIMEOUT);

    private NodeKeys() {}

    /** All settings, in the order of help. */
    public static List<ConfigKey<?>> all() {
        return ALL;
    }

    /** The table for a terminal. */
    public static String help() {
        final StringBuilder text = new StringBuilder();
        for (final ConfigKey<?> key : ALL) {
            text.append(String.format(
                    Locale.ROOT,
                    "  %s=VALUE%n      %s%n      %s; default %s; also %s, and %s in the file%n",
                    key.flag(),
                    key.doc(),
                    key.typeDoc(),
                    key.defaultDoc().isEmpty() ? "none" : key.defaultDoc(),
                    key.environmentName(),
                    key.name()));
        }
        return text.toString();
    }

    /** The table as Markdown. */
    public static String markdown() {
        final StringBuilder text =
                new StringBuilder("| key | environment, flag | is | default | for |\n|---|---|---|---|---|\n");
        for (final ConfigKey<?> key : ALL) {
            text.append(String.format(
                    Locale.ROOT,
                    "| `%s` | `%s` `%s` | %s | %s | %s |\n",
                    key.name(),
                    key.environmentName(),
                    key.flag(),
                    key.typeDoc().replace("|", "\\|"),
                    key.defaultDoc().isEmpty() ? "none" : key.defaultDoc(),
                    key.doc()));
        }
        return text.toString();
    }

    private static Choice chooseArena(Machine machine) {
        final long quarter = machine.memoryBytes() / 4 / MIB * MIB;
        final long bytes = Math.max(ARENA_LEAST, Math.min(ARENA_DEFAULT_MOST, quarter));
        return new Choice(
                ConfigType.sizeText(bytes),
                "a quarter of " + machine.memoryBytes() / MIB + "m that the " + machine.memoryLimit()
                        + " allows, within 64m..4g");
    }
}
