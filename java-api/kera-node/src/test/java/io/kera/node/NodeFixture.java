package io.kera.node;

import io.kera.client.AckLevel;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.Producer;
import io.kera.client.ProducerOptions;
import io.kera.client.Record;
import io.kera.client.RecordMetadata;
import io.kera.client.Start;
import io.kera.ffi.CoreOptions;
import io.kera.ffi.NativeCore;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** What tests of a whole node share: its configuration in a folder of the test, its log, and clients. */
abstract class NodeFixture {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    final List<String> lines = new CopyOnWriteArrayList<>();

    NodeConfig.Builder config() {
        return NodeConfig.builder()
                .set(NodeKeys.DATA_FOLDER, folder.resolve("data").toString())
                .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0,shm:" + folder.resolve("run/node.sock"))
                .set(NodeKeys.HTTP_LISTEN, "127.0.0.1:0")
                .set(NodeKeys.MEMORY_ARENA, "64m")
                .set(NodeKeys.MEMORY_TOUCH, "false");
    }

    KeraNode start(NodeConfig.Builder config) {
        return KeraNode.start(config.build(), (level, line) -> lines.add(line));
    }

    KeraNode start() {
        return start(config());
    }

    /** A core without a control plane, on the same folder. */
    NativeCore coreAlone() throws IOException {
        final Path data = Files.createDirectories(folder.resolve("data"));
        return NativeCore.open(CoreOptions.builder()
                .arenaBytes(64L << 20)
                .loadedBytesMax(8L << 20)
                .dataFolder(data.toString())
                .listen("tcp:127.0.0.1:0")
                .build());
    }

    static KeraClient connect(NativeCore core) {
        core.start();
        return KeraClient.builder()
                .uri(core.endpoints().get(0))
                .callTimeout(PATIENCE)
                .connect();
    }

    static KeraClient client(KeraNode node, String transport) {
        return KeraClient.builder()
                .uri(node.uri(transport))
                .callTimeout(PATIENCE)
                .connectTimeout(PATIENCE)
                .connect();
    }

    static long produce(KeraClient client, String stream, AckLevel level, int count) throws Exception {
        try (Producer producer =
                client.producer(ProducerOptions.builder().acks(level).build())) {
            RecordMetadata last = new RecordMetadata(stream, 0, -1, 0, false);
            for (int at = 0; at < count; at++) {
                last = producer.send(Record.of(stream, "value-" + at)).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            return last.offset();
        }
    }

    static List<String> readAll(KeraClient client, String stream, int count) {
        final List<String> values = new ArrayList<>();
        try (Consumer consumer = client.consumer()) {
            consumer.assign(stream, 0, Start.earliest());
            final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
            while (values.size() < count && System.nanoTime() - deadlineNs < 0) {
                consumer.poll(record -> values.add(record.valueText()), Duration.ofMillis(100));
            }
        }
        return values;
    }

    static HttpResponse<String> get(KeraNode node, String path) throws IOException, InterruptedException {
        final URI uri = URI.create("http://127.0.0.1:" + node.httpPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
    }
}
