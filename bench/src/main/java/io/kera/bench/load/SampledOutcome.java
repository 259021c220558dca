package io.kera.bench.load;

import io.kera.client.SendCallback;
import io.kera.client.errors.KeraException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Of one record whose acknowledgement is timed. */
record SampledOutcome(AckTimes acks, LongAdder refused, long dueNs) implements SendCallback {
    @Override
    public void onOutcome(
            String stream,
            int streamlet,
            long offset,
            long appendTimeMs,
            boolean duplicate,
            @Nullable KeraException error) {
        if (error == null) {
            acks.acknowledged(dueNs);
        } else {
            refused.increment();
        }
    }
}
