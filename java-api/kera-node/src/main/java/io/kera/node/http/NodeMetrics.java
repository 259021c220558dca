package io.kera.node.http;

import io.kera.ffi.NativeCore;
import io.kera.node.control.ControlAgent;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.agrona.concurrent.status.CountersReader;
import org.jspecify.annotations.Nullable;

/**
 * The page of metrics: the core's counters, the coordinator, the virtual machine. Any thread. It is set up at the first
 * request, so that the node starts sooner. After {@link #close} it reads no counter, because counters are in the core's
 * memory.
 */
public final class NodeMetrics implements AutoCloseable {
    private final CountersReader counters;
    private final ControlAgent agent;
    private @Nullable PrometheusMeterRegistry registry;
    private @Nullable JvmGcMetrics gcMetrics;
    private @Nullable CoreMeters coreMeters;
    private boolean closed;

    public NodeMetrics(NativeCore core, ControlAgent agent) {
        counters = new CountersReader(core.countersMetadata(), core.countersValues());
        this.agent = agent;
    }

    /** The page in Prometheus's text format; null after {@link #close}. */
    synchronized @Nullable String page() {
        if (closed) {
            return null;
        }
        PrometheusMeterRegistry current = registry;
        CoreMeters meters = coreMeters;
        if (current == null || meters == null) {
            current = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
            meters = new CoreMeters(counters, agent.names(), current);
            bind(current);
            registry = current;
            coreMeters = meters;
        }
        meters.refresh();
        return current.scrape();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (gcMetrics != null) {
            gcMetrics.close();
        }
        if (registry != null) {
            registry.close();
        }
    }

    private void bind(PrometheusMeterRegistry to) {
        gcMetrics = new JvmGcMetrics();
        gcMetrics.bindTo(to);
        new JvmMemoryMetrics().bindTo(to);
        new JvmThreadMetrics().bindTo(to);
        new ProcessorMetrics().bindTo(to);
        new UptimeMetrics().bindTo(to);
        Gauge.builder("kera.node.ready", agent, of -> of.isReady() ? 1 : 0)
                .description("1 when the core follows the metadata, and the node accepts requests")
                .register(to);
        Gauge.builder("kera.node.healthy", agent, of -> of.isHealthy() ? 1 : 0)
                .description("0 when the metadata log cannot be written")
                .register(to);
        Gauge.builder("kera.coordinator.streams", agent, of -> of.names().count())
                .description("streams that are not deleted")
                .register(to);
        Gauge.builder("kera.coordinator.log.entries", agent, ControlAgent::metadataIndex)
                .description("commands committed since the cluster was founded")
                .register(to);
    }
}
