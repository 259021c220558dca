package io.kera.bench.load;

import io.kera.client.AckLevel;
import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.ProducerOptions;
import io.kera.client.Start;
import io.kera.client.StreamSettings;
import java.time.Duration;
import java.util.Locale;

/**
 * KerA over any of its transports. With {@link Workload#oneThread()} the caller's thread drives one client for
 * everything; else each sink and source has a client, and that an I/O thread, of its own.
 */
public final class KeraEngine implements Engine {
    private final String uri;
    private final boolean driven;
    private final KeraClient client;

    public KeraEngine(String uri, boolean driven) {
        this.uri = uri;
        this.driven = driven;
        client = connect();
    }

    private KeraClient connect() {
        return KeraClient.builder()
                .uri(uri)
                .clientName("kera-bench")
                .ioThread(!driven)
                .connect();
    }

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        client.admin()
                .createStream(
                        name, StreamSettings.DEFAULT.withStreamlets(streamlets).withRetentionBytes(retentionBytes));
    }

    @Override
    public void deleteStream(String name) {
        client.admin().deleteStream(name);
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        final KeraClient own = driven ? client : connect();
        final ProducerOptions.Builder options = own.newProducer();
        if (!"default".equals(workload.acks())) {
            options.acks(AckLevel.valueOf(workload.acks().toUpperCase(Locale.ROOT)));
        }
        if (workload.lingerMicros() >= 0) {
            options.linger(Duration.ofNanos(workload.lingerMicros() * 1000));
        }
        return sharesSinks(workload)
                ? new KeraRecordSink(own, options.open(), workload, acks)
                : new KeraSink(own, !driven, options.openExclusive(), workload, acks);
    }

    @Override
    public boolean sharesSinks(Workload workload) {
        return !driven && !Workload.CLAIM.equals(workload.send());
    }

    @Override
    public Source source(Workload workload, int share, int shares) {
        final KeraClient own = driven ? client : connect();
        final Consumer consumer =
                own.newConsumer().push(workload.kind() != Workload.Kind.CONSUME).open();
        int number = 0;
        for (int stream = 0; stream < workload.streams(); stream++) {
            for (int streamlet = 0; streamlet < workload.streamlets(); streamlet++) {
                if (number++ % shares == share) {
                    consumer.assign(workload.streamName(stream), streamlet, Start.earliest());
                }
            }
        }
        return new KeraSource(own, !driven, consumer, workload, share, shares);
    }

    @Override
    public void close() {
        client.close();
    }
}
