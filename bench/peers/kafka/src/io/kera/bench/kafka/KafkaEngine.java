package io.kera.bench.kafka;

import io.kera.bench.load.AckTimes;
import io.kera.bench.load.Engine;
import io.kera.bench.load.Sink;
import io.kera.bench.load.Source;
import io.kera.bench.load.Workload;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Apache Kafka by its own Java client, with its defaults but for what the workload asks for; tuned, with what Kafka's
 * documentation advises for throughput. Compiled on demand against the peer's jars, so that the build needs none of
 * them.
 */
public final class KafkaEngine implements Engine {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SENT_AT = 8;
    private static final long SEGMENT_BYTES_MIN = 1 << 20;
    private static final int SEGMENTS = 8;

    /** Larger batches, and memory for more of them. Nothing that a race sends can be compressed. */
    private static final Map<String, String> TUNED_PRODUCER =
            Map.of("batch.size", "262144", "linger.ms", "5", "buffer.memory", "67108864", "compression.type", "none");

    /** Fewer and larger answers. */
    private static final Map<String, String> TUNED_CONSUMER =
            Map.of("fetch.min.bytes", "100000", "max.partition.fetch.bytes", "10485760", "max.poll.records", "5000");

    private final String servers;
    private final Admin admin;

    public KafkaEngine(String servers, boolean oneThread) {
        this.servers = servers;
        admin = Admin.create(Map.of("bootstrap.servers", servers));
    }

    @Override
    public void createStream(String name, int streamlets, long retentionBytes) {
        // Deleted data goes at once instead of after a minute: it lies in memory, which must not run out.
        final Map<String, String> settings = new HashMap<>(Map.of("file.delete.delay.ms", "100"));
        if (retentionBytes > 0) {
            // Whole segments are deleted: of an eighth of what is kept, as KerA's are of a sixteenth.
            settings.put("retention.bytes", Long.toString(retentionBytes));
            settings.put("segment.bytes", Long.toString(Math.max(SEGMENT_BYTES_MIN, retentionBytes / SEGMENTS)));
        }
        final NewTopic topic = new NewTopic(name, streamlets, (short) 1).configs(settings);
        await(admin.createTopics(List.of(topic)).all());
    }

    @Override
    public void deleteStream(String name) {
        await(admin.deleteTopics(List.of(name)).all());
    }

    @Override
    public Sink sink(Workload workload, AckTimes acks) {
        final Properties settings = new Properties();
        settings.put("bootstrap.servers", servers);
        settings.put("key.serializer", ByteArraySerializer.class.getName());
        settings.put("value.serializer", ByteArraySerializer.class.getName());
        switch (workload.acks()) {
            case "default" -> {}
            case "none" -> settings.put("acks", "0");
            case "leader" -> settings.put("acks", "1");
            case "replicas" -> settings.put("acks", "all");
            default -> throw new IllegalArgumentException("acks=" + workload.acks() + "; Kafka has no such level");
        }
        if (workload.tuned()) {
            settings.putAll(TUNED_PRODUCER);
        }
        if (workload.lingerMicros() >= 0) {
            settings.put("linger.ms", Long.toString(workload.lingerMicros() / 1000));
        }
        return new KafkaSink(new KafkaProducer<>(settings), workload, acks);
    }

    @Override
    public Source source(Workload workload, int share, int shares) {
        final Properties settings = new Properties();
        settings.put("bootstrap.servers", servers);
        settings.put("key.deserializer", ByteArrayDeserializer.class.getName());
        settings.put("value.deserializer", ByteArrayDeserializer.class.getName());
        settings.put("enable.auto.commit", "false");
        if (workload.tuned()) {
            settings.putAll(TUNED_CONSUMER);
        }
        final List<TopicPartition> partitions = new ArrayList<>();
        int number = 0;
        for (int stream = 0; stream < workload.streams(); stream++) {
            for (int streamlet = 0; streamlet < workload.streamlets(); streamlet++) {
                if (number++ % shares == share) {
                    partitions.add(new TopicPartition(workload.streamName(stream), streamlet));
                }
            }
        }
        return new KafkaSource(new KafkaConsumer<>(settings), partitions);
    }

    @Override
    public boolean sharesSinks(Workload workload) {
        return true;
    }

    @Override
    public void close() {
        admin.close();
    }

    private static <T> T await(org.apache.kafka.common.KafkaFuture<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Sends to Kafka, by the array that the client then copies. One thread; others share the producer. */
    private static final class KafkaSink implements Sink {
        private final KafkaProducer<byte[], byte[]> producer;
        private final Workload workload;
        private final AckTimes acks;
        private final boolean callbacks;
        private final String[] topics;
        private final byte[][] values;
        private boolean isShared;

        KafkaSink(KafkaProducer<byte[], byte[]> producer, Workload workload, AckTimes acks) {
            this.producer = producer;
            this.workload = workload;
            this.acks = acks;
            callbacks = Workload.CALLBACK.equals(workload.send());
            topics = new String[workload.streams()];
            for (int i = 0; i < topics.length; i++) {
                topics[i] = workload.streamName(i);
                producer.partitionsFor(topics[i]);
            }
            values = new byte[workload.payload().longest() + 1][];
        }

        @Override
        public void send(int stream, long dueNs, long sentNs, int length, boolean sampled) {
            final byte[] value = value(length);
            LONGS.set(value, 0, dueNs);
            LONGS.set(value, SENT_AT, sentNs);
            final ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(topics[stream], value);
            if (sampled) {
                producer.send(record, (where, error) -> {
                    if (error == null) {
                        acks.acknowledged(dueNs);
                    }
                });
            } else if (callbacks) {
                // What fails is in the client's metrics.
                producer.send(record, (where, error) -> {});
            } else {
                producer.send(record);
            }
        }

        @Override
        public Sink share() {
            final KafkaSink more = new KafkaSink(producer, workload, acks);
            more.isShared = true;
            return more;
        }

        /** One array for each length that occurs, since a record is a whole array. */
        private byte[] value(int length) {
            byte[] value = values[length];
            if (value == null) {
                value = new byte[length];
                new Random(1).nextBytes(value);
                values[length] = value;
            }
            return value;
        }

        @Override
        public void flush() {
            producer.flush();
        }

        @Override
        public long failures() {
            if (isShared) {
                return 0;
            }
            double errors = 0;
            for (final var metric : producer.metrics().entrySet()) {
                if ("record-error-total".equals(metric.getKey().name())
                        && "producer-metrics".equals(metric.getKey().group())) {
                    errors += (Double) metric.getValue().metricValue();
                }
            }
            return (long) errors;
        }

        @Override
        public void close() {
            if (!isShared) {
                producer.close();
            }
        }
    }

    /** Reads from Kafka. One thread. */
    private static final class KafkaSource implements Source {
        private final KafkaConsumer<byte[], byte[]> consumer;
        private final List<TopicPartition> partitions;

        KafkaSource(KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
            this.consumer = consumer;
            this.partitions = partitions;
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
        }

        @Override
        public int poll(Handler handler, long timeoutNs) {
            final ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofNanos(timeoutNs));
            for (final ConsumerRecord<byte[], byte[]> record : records) {
                final byte[] value = record.value();
                handler.onRecord((long) LONGS.get(value, 0), (long) LONGS.get(value, SENT_AT), value.length);
            }
            return records.count();
        }

        @Override
        public void rewind() {
            consumer.seekToBeginning(partitions);
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
