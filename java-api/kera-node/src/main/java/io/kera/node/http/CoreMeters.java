package io.kera.node.http;

import io.kera.node.control.StreamNames;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * The core's counters as meters, which come and go with streams. A counter's label is the meter's name, then tags:
 * {@code kera.streamlet.bytes_in stream=1 streamlet=0}. Nanoseconds become seconds. One thread at a time, while the
 * core is open.
 */
final class CoreMeters {
    private record Registered(String label, String streamName, Meter meter) {}

    private static final String NANOS_SUFFIX = "_ns";
    private static final double NANOS_PER_SECOND = 1e9;
    /** Counters that can also become less. All others only grow. */
    private static final Set<String> GAUGES = Set.of(
            "kera.pool.used_bytes",
            "kera.pool.free_bytes",
            "kera.streams.set_aside",
            "kera.reactor.mailbox_depth",
            "kera.reactor.control_depth",
            "kera.reactor.waiting_reads",
            "kera.reactor.connections",
            "kera.streamlet.next_offset",
            "kera.streamlet.readable_head",
            "kera.streamlet.start_offset");

    private final CountersReader counters;
    private final StreamNames names;
    private final MeterRegistry registry;
    private final Map<Integer, Registered> meters = new HashMap<>();
    private final Set<Integer> seen = new HashSet<>();

    CoreMeters(CountersReader counters, StreamNames names, MeterRegistry registry) {
        this.counters = counters;
        this.names = names;
        this.registry = registry;
    }

    /** Registers new counters, and removes those that are gone. */
    void refresh() {
        seen.clear();
        counters.forEach(this::onCounter);
        meters.entrySet().removeIf(entry -> {
            final boolean gone = !seen.contains(entry.getKey());
            if (gone) {
                registry.remove(entry.getValue().meter());
            }
            return gone;
        });
    }

    private void onCounter(int id, int typeId, DirectBuffer key, String label) {
        final Map<String, String> tags = tagsOf(label);
        final String stream = tags.getOrDefault("stream", "");
        final Registered known = meters.get(id);
        final boolean same = known != null
                && known.label().equals(label)
                && known.streamName().equals(stream);
        if (!same) {
            if (known != null) {
                registry.remove(known.meter());
            }
            meters.put(id, new Registered(label, stream, register(id, label.split(" ", 2)[0], tags)));
        }
        seen.add(id);
    }

    private Map<String, String> tagsOf(String label) {
        final Map<String, String> tags = new HashMap<>();
        final String[] words = label.split(" ", -1);
        for (int at = 1; at < words.length; at++) {
            final int equals = words[at].indexOf('=');
            if (equals > 0) {
                tags.put(words[at].substring(0, equals), words[at].substring(equals + 1));
            }
        }
        tags.computeIfPresent("stream", (tag, id) -> id.matches("\\d{1,18}") ? names.of(Long.parseLong(id)) : id);
        return tags;
    }

    private Meter register(int id, String name, Map<String, String> tagMap) {
        Tags tags = Tags.empty();
        for (final Map.Entry<String, String> tag : tagMap.entrySet()) {
            tags = tags.and(tag.getKey(), tag.getValue());
        }
        if (GAUGES.contains(name)) {
            return Gauge.builder(name, counters, of -> of.getCounterValue(id))
                    .tags(tags)
                    .register(registry);
        }
        if (name.endsWith(NANOS_SUFFIX)) {
            final String seconds = name.substring(0, name.length() - NANOS_SUFFIX.length()) + ".seconds";
            return FunctionCounter.builder(seconds, counters, of -> of.getCounterValue(id) / NANOS_PER_SECOND)
                    .tags(tags)
                    .register(registry);
        }
        return FunctionCounter.builder(name, counters, of -> of.getCounterValue(id))
                .tags(tags)
                .register(registry);
    }
}
