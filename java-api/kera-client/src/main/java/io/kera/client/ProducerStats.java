package io.kera.client;

import io.kera.ffi.NativeProducer;

/**
 * What a producer has done so far.
 *
 * @param records in sealed chunks
 * @param chunksSealed chunks that take no more records: sent, or waiting to be sent
 * @param chunksSettled chunks with an outcome
 * @param chunksFailed chunks whose outcome is an error
 * @param chunksSentAgain retries of chunks
 * @param duplicates chunks that the broker had already
 * @param bytesSent bytes of the chunks that were sent
 * @param framesSent messages that carried them
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
