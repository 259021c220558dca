// Options and statistics of both kinds of producers. See abi_producers.hpp.
#include "client/abi/abi_producers.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

kera_outcome abi::to_outcome(const BatchOutcome& outcome) {
    kera_outcome out{};
    out.stream_id = outcome.stream.value();
    out.streamlet = outcome.streamlet.value();
    out.duplicate = outcome.duplicate ? 1 : 0;
    report(outcome.error, &out.error);
    out.base_offset = outcome.base_offset.value();
    out.append_time_ms = outcome.append_time_ms;
    out.tokens = outcome.tokens.empty() ? nullptr : outcome.tokens.data();
    out.record_count = outcome.record_count;
    return out;
}

Result<ProducerOptions> abi::read_producer_options(const kera_producer_options* options) {
    KERA_TRY_ASSIGN(const kera_producer_options given,
                    read_sized(options, kera_producer_options_init));
    if (given.acks < 0 || given.acks > kAckLevelMax) {
        return fail(ErrorCode::invalid_argument, "acks", kAckLevelMax, given.acks);
    }
    if (given.compression < KERA_COMPRESSION_NONE || given.compression > KERA_COMPRESSION_ZSTD) {
        return fail(ErrorCode::invalid_argument, "compression", KERA_COMPRESSION_ZSTD,
                    given.compression);
    }
    ProducerOptions wanted;
    wanted.compression = static_cast<Codec>(given.compression);
    wanted.acks = static_cast<AckLevel>(given.acks);
    wanted.idempotent = given.idempotent != 0;
    wanted.chunk_bytes = given.chunk_bytes;
    wanted.memory_bytes = given.memory_bytes;
    wanted.linger_ns = given.linger_ns;
    wanted.max_block_ns = given.max_block_ns;
    wanted.delivery_timeout_ns = given.delivery_timeout_ns;
    wanted.request_timeout_ns = given.request_timeout_ns;
    wanted.retry.initial_ns = given.retry_initial_ns;
    wanted.retry.max_ns = given.retry_max_ns;
    wanted.streamlet_chunks_max = given.streamlet_chunks_max;
    wanted.record_tokens = given.record_tokens != 0;
    wanted.queue_outcomes = given.queue_outcomes != 0;
    if (given.on_outcome != nullptr) {
        wanted.on_batch = [function = given.on_outcome,
                           context = given.context](const BatchOutcome& outcome) {
            const kera_outcome out = to_outcome(outcome);
            function(context, &out);
        };
    }
    return wanted;
}

void abi::write_stats(const ProducerStats& now, kera_producer_stats* stats) {
    const kera_producer_stats filled{0,
                                     0,
                                     now.records,
                                     now.chunks_sealed,
                                     now.chunks_settled,
                                     now.chunks_failed,
                                     now.chunks_sent_again,
                                     now.duplicates,
                                     now.bytes_sent,
                                     now.frames_sent,
                                     static_cast<std::uint64_t>(now.refused_with)};
    abi::write_sized(filled, stats);
}

void kera_producer_options_init(kera_producer_options* options, size_t struct_bytes) {
    const ProducerOptions defaults;
    kera_producer_options filled{};
    filled.acks = static_cast<std::int32_t>(defaults.acks);
    filled.idempotent = defaults.idempotent ? 1 : 0;
    filled.chunk_bytes = defaults.chunk_bytes;
    filled.memory_bytes = defaults.memory_bytes;
    filled.linger_ns = defaults.linger_ns;
    filled.max_block_ns = defaults.max_block_ns;
    filled.delivery_timeout_ns = defaults.delivery_timeout_ns;
    filled.request_timeout_ns = defaults.request_timeout_ns;
    filled.retry_initial_ns = defaults.retry.initial_ns;
    filled.retry_max_ns = defaults.retry.max_ns;
    filled.streamlet_chunks_max = defaults.streamlet_chunks_max;
    abi::init_sized(filled, options, struct_bytes);
}
