package io.kera.bench.load;

import io.kera.client.Consumer;
import io.kera.client.KeraClient;
import io.kera.client.RecordHandler;
import io.kera.client.RecordView;
import io.kera.client.Start;
import org.jspecify.annotations.Nullable;

/** Reads from KerA, records in place. One thread. */
final class KeraSource implements Source {
    private static final int SENT_AT = 8;

    private final KeraClient client;
    private final boolean ownsClient;
    private final Consumer consumer;
    private final Workload workload;
    private final int share;
    private final int shares;
    private final RecordHandler show = this::show;
    private @Nullable Handler handler;

    KeraSource(KeraClient client, boolean ownsClient, Consumer consumer, Workload workload, int share, int shares) {
        this.client = client;
        this.ownsClient = ownsClient;
        this.consumer = consumer;
        this.workload = workload;
        this.share = share;
        this.shares = shares;
    }

    @Override
    public int poll(Handler taking, long timeoutNs) {
        handler = taking;
        return consumer.poll(show, Integer.MAX_VALUE, timeoutNs);
    }

    @Override
    public void rewind() {
        int number = 0;
        for (int stream = 0; stream < workload.streams(); stream++) {
            for (int streamlet = 0; streamlet < workload.streamlets(); streamlet++) {
                if (number++ % shares == share) {
                    consumer.seek(workload.streamName(stream), streamlet, Start.earliest());
                }
            }
        }
    }

    @Override
    public void close() {
        consumer.close();
        if (ownsClient) {
            client.close();
        }
    }

    private void show(RecordView record) {
        final Handler taking = handler;
        if (taking != null) {
            final int at = record.valueOffset();
            taking.onRecord(record.buffer().getLong(at), record.buffer().getLong(at + SENT_AT), record.valueLength());
        }
    }
}
