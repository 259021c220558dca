package io.kera.client;

import io.kera.ffi.NativeProducer;

/**
 * What a producer has done so far.
 *
 * @param records in chunks that have left
 * @param chunksSealed left, or waiting to
 * @param chunksSettled with an outcome
 * @param chunksFailed of those, with an error
 * @param chunksSentAgain sent more than once
 * @param duplicates that the broker had already
 * @param bytesSent of chunks
 * @param framesSent that carried them
 */
public record ProducerStats(
        long records,
        long chunksSealed,
        long chunksSettled,
        long chunksFailed,
        long chunksSentAgain,
        long duplicates,
        long bytesSent,
        long framesSent) {
    static ProducerStats read(NativeProducer producer) {
        return new ProducerStats(
                producer.stat("records"),
                producer.stat("chunks_sealed"),
                producer.stat("chunks_settled"),
                producer.stat("chunks_failed"),
                producer.stat("chunks_sent_again"),
                producer.stat("duplicates"),
                producer.stat("bytes_sent"),
                producer.stat("frames_sent"));
    }
}
