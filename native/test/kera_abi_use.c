/* A program in C over kera.h: what it finds wrong, it returns as text. Compiled as C11, so that the
 * header stays C. One thread; leaves nothing behind. */
#include <string.h>

#include "kera/kera.h"

/* Called by kera_abi_test.cpp: everything over one client, and what is refused without a broker. */
const char* kera_abi_use(const char* uri, int32_t io_thread);
const char* kera_abi_refuse(void);

#define CHECK(condition)       \
    do {                       \
        if (!(condition)) {    \
            return #condition; \
        }                      \
    } while (0)

enum { kRecords = 1000 };

static const int64_t kPatienceNs = 30LL * 1000 * 1000 * 1000;

struct outcomes {
    uint64_t records;
    uint64_t last_token;
    int32_t worst_code;
};

static void on_outcome(void* context, const kera_outcome* outcome) {
    struct outcomes* seen = context;
    seen->records += outcome->record_count;
    if (outcome->error.code != KERA_OK) {
        seen->worst_code = outcome->error.code;
    }
    if (outcome->tokens != NULL) {
        seen->last_token = outcome->tokens[outcome->record_count - 1];
    }
}

static const char* produce(kera_client* client, int64_t stream_id, struct outcomes* seen) {
    kera_producer_options options;
    kera_producer* producer = NULL;
    kera_producer_stats stats;
    kera_error error;
    uint32_t handle = 99;
    uint64_t number;
    kera_producer_options_init(&options, sizeof options);
    options.acks = KERA_ACK_LEADER;
    options.record_tokens = 1;
    options.on_outcome = on_outcome;
    options.context = seen;
    CHECK(kera_producer_open(client, &options, kPatienceNs, &producer, &error) == KERA_OK);
    CHECK(kera_producer_attach(producer, stream_id, 1, &handle, &error) == KERA_OK);
    CHECK(kera_producer_commit(producer, 0, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_producer_abort(producer, NULL) == KERA_INVALID_ARGUMENT);
    for (number = 0; number < kRecords; ++number) {
        kera_claim claim;
        CHECK(kera_producer_claim(producer, handle, 0, sizeof number, &claim, &error) == KERA_OK);
        memcpy(claim.value, &number, sizeof number);
        if (number % 100 == 7) {
            CHECK(kera_producer_abort(producer, &error) == KERA_OK);
            CHECK(kera_producer_claim(producer, handle, 0, sizeof number, &claim, &error) ==
                  KERA_OK);
            memcpy(claim.value, &number, sizeof number);
        }
        CHECK(kera_producer_commit(producer, number, &error) == KERA_OK);
    }
    CHECK(kera_producer_flush(producer, kPatienceNs, &error) == KERA_OK);
    stats.struct_bytes = sizeof stats;
    CHECK(kera_producer_get_stats(producer, &stats) == KERA_OK);
    CHECK(stats.records == kRecords && stats.chunks_failed == 0);
    CHECK(kera_producer_claim(producer, handle, 5, 8, &(kera_claim){0}, &error) ==
          KERA_INVALID_ARGUMENT);
    CHECK(strcmp(error.what, "streamlet") == 0);
    CHECK(kera_producer_claim(producer, handle + 1, 0, 8, &(kera_claim){0}, NULL) ==
          KERA_INVALID_ARGUMENT);
    CHECK(kera_producer_close(producer, kPatienceNs, &error) == KERA_OK);
    return NULL;
}

/* Keys, headers and the bulk forms. */
static const char* produce_shapes(kera_client* client, int64_t stream_id) {
    kera_producer* producer = NULL;
    kera_error error;
    uint32_t handle = 99;
    size_t sent = 0;
    const int64_t offsets[4] = {0, 1, 3, 6};
    const uint32_t rows[3] = {10, 20, 30};
    const kera_bytes many[2] = {{"x", 1}, {NULL, 0}};
    const kera_bytes key = {"the key", 7};
    const kera_header headers[2] = {{{"trace", 5}, {"abc", 3}, 0, 0},
                                    {{"none", 4}, {NULL, 0}, 1, 0}};
    kera_record record;
    kera_outcome outcome;
    kera_producer_options options;
    kera_producer_options_init(&options, sizeof options);
    options.queue_outcomes = 1;
    options.acks = KERA_ACK_LEADER;
    options.compression = 7;
    CHECK(kera_producer_open(client, &options, kPatienceNs, &producer, &error) ==
          KERA_INVALID_ARGUMENT);
    CHECK(strcmp(error.what, "compression") == 0 && error.limit == KERA_COMPRESSION_ZSTD);
    options.compression = KERA_COMPRESSION_LZ4;
    CHECK(kera_producer_open(client, &options, kPatienceNs, &producer, &error) == KERA_OK);
    CHECK(kera_producer_attach(producer, stream_id, 1, &handle, &error) == KERA_OK);
    memset(&record, 0, sizeof record);
    record.timestamp_ms = 12345;
    record.keys = &key;
    record.key_count = 1;
    record.headers = headers;
    record.header_count = 2;
    record.value.data = "value";
    record.value.bytes = 5;
    CHECK(kera_producer_send(producer, handle, KERA_ANY_STREAMLET, &record, 1, &error) == KERA_OK);
    CHECK(kera_producer_send_slices(producer, handle, 0, "abbccc", offsets, 3, &sent, &error) ==
          KERA_OK);
    CHECK(sent == 3);
    CHECK(kera_producer_send_rows(producer, handle, 0, rows, sizeof rows[0], 3, &sent, &error) ==
          KERA_OK);
    CHECK(sent == 3);
    CHECK(kera_producer_send_many(producer, handle, 0, many, 2, &sent, &error) == KERA_OK);
    CHECK(sent == 2);
    CHECK(kera_producer_send_many(producer, handle, 0, NULL, 2, &sent, &error) ==
          KERA_INVALID_ARGUMENT);
    CHECK(kera_producer_flush(producer, kPatienceNs, &error) == KERA_OK);
    CHECK(kera_producer_take_outcome(producer, &outcome) == 1);
    CHECK(outcome.error.code == KERA_OK && outcome.base_offset == 0);
    /* Without a timeout this fails, but the producer is gone. */
    CHECK(kera_producer_close(producer, kPatienceNs, NULL) == KERA_OK);
    return NULL;
}

static const char* check_shapes(kera_client* client, int64_t stream_id) {
    kera_consumer* consumer = NULL;
    kera_error error;
    kera_record_view record;
    kera_batch batch;
    int records = 0;
    CHECK(kera_consumer_open(client, NULL, &consumer, &error) == KERA_OK);
    CHECK(kera_consumer_assign(consumer, stream_id, 0, KERA_START_EARLIEST, 0, &error) == KERA_OK);
    while (records < 9) {
        kera_cursor cursor;
        CHECK(kera_consumer_poll(consumer, kPatienceNs, &batch, &error) == KERA_OK);
        CHECK(batch.data != NULL);
        kera_cursor_begin(&cursor, &batch);
        while (kera_cursor_next(&cursor, &record) > 0) {
            CHECK(record.offset == records);
            if (records == 0) {
                const kera_bytes key = kera_record_key(&record, 0);
                const kera_header trace = kera_record_header(&record, 0);
                const kera_header none = kera_record_header(&record, 1);
                CHECK(record.timestamp_ms == 12345 && record.key_count == 1);
                CHECK(key.bytes == 7 && memcmp(key.data, "the key", 7) == 0);
                CHECK(trace.name.bytes == 5 && memcmp(trace.name.data, "trace", 5) == 0);
                CHECK(trace.value.bytes == 3 && memcmp(trace.value.data, "abc", 3) == 0);
                CHECK(none.is_null != 0 && trace.is_null == 0);
                CHECK(record.value_bytes == 5 && memcmp(record.value, "value", 5) == 0);
            } else if (records == 3) {
                CHECK(record.value_bytes == 3 && memcmp(record.value, "ccc", 3) == 0);
            } else if (records == 5) {
                uint32_t row;
                memcpy(&row, record.value, sizeof row);
                CHECK(record.value_bytes == sizeof row && row == 20);
            }
            ++records;
        }
        kera_batch_release(consumer, &batch);
        CHECK(batch.data == NULL);
        kera_batch_release(consumer, &batch);
    }
    kera_consumer_close(consumer);
    return NULL;
}

static const char* consume(kera_client* client, int64_t stream_id) {
    kera_consumer* consumer = NULL;
    kera_error error;
    kera_batch held[64];
    size_t batches = 0;
    uint64_t expected = 10;
    int64_t position = 0;
    int64_t head = 0;
    CHECK(kera_consumer_open(client, NULL, &consumer, &error) == KERA_OK);
    CHECK(kera_consumer_assign(consumer, stream_id, 0, 17, 0, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_consumer_assign(consumer, stream_id, 0, KERA_START_EARLIEST, 0, &error) == KERA_OK);
    CHECK(kera_consumer_position(consumer, stream_id, 0, &position, NULL, &error) ==
          KERA_WOULD_BLOCK);
    CHECK(kera_consumer_seek(consumer, stream_id, 0, KERA_START_OFFSET, 10, &error) == KERA_OK);
    while (expected < kRecords && batches < 64) {
        kera_cursor cursor;
        kera_record_view record;
        kera_batch* batch = &held[batches++];
        CHECK(kera_consumer_poll(consumer, kPatienceNs, batch, &error) == KERA_OK);
        CHECK(batch->data != NULL && batch->stream_id == stream_id && batch->streamlet == 0);
        kera_cursor_begin(&cursor, batch);
        while (kera_cursor_next(&cursor, &record) > 0) {
            uint64_t number;
            memcpy(&number, record.value, sizeof number);
            CHECK(record.offset == (int64_t)expected && number == expected);
            ++expected;
        }
    }
    CHECK(kera_consumer_position(consumer, stream_id, 0, &position, &head, &error) == KERA_OK);
    CHECK(position == kRecords && head == kRecords);
    while (batches > 0) {
        kera_batch_release(consumer, &held[--batches]);
    }
    CHECK(kera_consumer_poll(consumer, 0, &held[0], &error) == KERA_OK);
    CHECK(held[0].data == NULL);
    CHECK(kera_consumer_pause(consumer, stream_id, 0, &error) == KERA_OK);
    CHECK(kera_consumer_resume(consumer, stream_id, 0, &error) == KERA_OK);
    CHECK(kera_consumer_unassign(consumer, stream_id, 0, &error) == KERA_OK);
    CHECK(kera_consumer_unassign(consumer, stream_id, 0, &error) == KERA_INVALID_ARGUMENT);
    /* Closed by its client. */
    return NULL;
}

static const char* administrate(kera_client* client, int64_t* stream_id) {
    kera_stream stream;
    kera_stream found;
    kera_listed_stream listed[4];
    kera_node node;
    kera_counter counters[8];
    kera_error error;
    size_t count = 0;
    kera_stream_init(&stream, sizeof stream);
    CHECK(stream.streamlets == 1 && stream.retention_ms == -1);
    stream.lanes = -3;
    CHECK(kera_stream_create(client, "c", &stream, -1, &error) == KERA_INVALID_ARGUMENT);
    CHECK(error.value == -3 && strcmp(error.what, "lanes") == 0);
    stream.lanes = 2;
    CHECK(kera_stream_create(client, "c", &stream, -1, &error) == KERA_OK);
    CHECK(strcmp(stream.name, "c") == 0 && stream.lanes == 2);
    *stream_id = stream.id;
    CHECK(kera_stream_create(client, "c", &stream, -1, NULL) == KERA_STREAM_EXISTS);
    kera_stream_init(&found, sizeof found);
    CHECK(kera_stream_describe(client, "c", &found, -1, &error) == KERA_OK);
    CHECK(found.id == stream.id);
    CHECK(kera_stream_describe_id(client, stream.id, &found, -1, &error) == KERA_OK);
    CHECK(kera_stream_describe(client, "nothing", &found, -1, &error) == KERA_UNKNOWN_STREAM);
    CHECK(kera_stream_alter(client, stream.id, 3, -1, -2, -2, &found, -1, &error) == KERA_OK);
    CHECK(found.lanes == 3);
    CHECK(kera_stream_grow(client, stream.id, 0, &found, -1, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_stream_grow(client, stream.id, stream.streamlets + 1, &found, -1, &error) == KERA_OK);
    CHECK(found.streamlets == stream.streamlets + 1 && found.lanes == 3);
    CHECK(kera_stream_grow(client, stream.id, stream.streamlets, &found, -1, &error) ==
          KERA_INVALID_ARGUMENT);
    CHECK(error.limit == stream.streamlets + 1 && error.value == stream.streamlets);
    CHECK(kera_stream_list(client, listed, 4, &count, -1, &error) == KERA_OK);
    CHECK(count == 1 && strcmp(listed[0].name, "c") == 0 && listed[0].id == stream.id);
    CHECK(kera_stream_list(client, NULL, 0, &count, -1, &error) == KERA_OK && count == 1);
    node.struct_bytes = sizeof node;
    CHECK(kera_node_describe(client, &node, counters, 8, &count, -1, &error) == KERA_OK);
    CHECK(node.reactors >= 1 && node.arena_bytes > 0);
    return NULL;
}

static const char* use_client(kera_client* client) {
    struct outcomes seen = {0, 0, KERA_OK};
    kera_stream shapes;
    int64_t stream_id = -1;
    int64_t offset = -1;
    const char* wrong = administrate(client, &stream_id);
    if (wrong == NULL) {
        wrong = produce(client, stream_id, &seen);
    }
    if (wrong != NULL) {
        return wrong;
    }
    CHECK(seen.records == kRecords && seen.worst_code == KERA_OK);
    CHECK(seen.last_token == kRecords - 1);
    CHECK(kera_stream_find_offset(client, stream_id, 0, KERA_TIME_LATEST, &offset, -1, NULL) ==
          KERA_OK);
    CHECK(offset == kRecords);
    wrong = consume(client, stream_id);
    if (wrong != NULL) {
        return wrong;
    }
    kera_stream_init(&shapes, sizeof shapes);
    CHECK(kera_stream_create(client, "shapes", &shapes, -1, NULL) == KERA_OK);
    wrong = produce_shapes(client, shapes.id);
    if (wrong == NULL) {
        wrong = check_shapes(client, shapes.id);
    }
    if (wrong != NULL) {
        return wrong;
    }
    CHECK(kera_stream_delete_before(client, stream_id, 0, 5, -1, NULL) == KERA_OK);
    CHECK(kera_stream_delete(client, stream_id, -1, NULL) == KERA_OK);
    return NULL;
}

const char* kera_abi_use(const char* uri, int32_t io_thread) {
    kera_client_options options;
    kera_client* client = NULL;
    kera_error error;
    const char* wrong;
    kera_client_options_init(&options, sizeof options);
    options.io_thread = io_thread;
    options.client_name = "kera_abi_use";
    CHECK(kera_client_connect(uri, &options, kPatienceNs, &client, &error) == KERA_OK);
    CHECK(kera_client_is_connected(client) == 1);
    if (io_thread == 0) {
        int64_t timeout_ns = 0;
        CHECK(kera_client_fd(client) >= 0);
        while (kera_client_poll(client) > 0) {
        }
        if (kera_client_prepare_wait(client, &timeout_ns) == 1) {
            CHECK(timeout_ns != 0);
        }
        kera_client_wait(client, 1000);
    }
    wrong = use_client(client);
    kera_client_close(client);
    return wrong;
}

const char* kera_abi_refuse(void) {
    kera_client_options options;
    kera_client* client = NULL;
    kera_error error;
    kera_batch batch;
    CHECK(kera_abi_version() >= KERA_ABI_VERSION);
    CHECK(strlen(kera_version()) > 0);
    CHECK(strcmp(kera_code_name(KERA_BUFFER_EXHAUSTED), "BUFFER_EXHAUSTED") == 0);
    CHECK(strcmp(kera_code_name(-5), "UNKNOWN") == 0);
    CHECK(kera_code_is_retriable(KERA_NOT_LEADER) == 1);
    CHECK(kera_code_is_retriable(KERA_MALFORMED) == 0);
    CHECK(kera_client_connect(NULL, NULL, 0, &client, &error) == KERA_INVALID_ARGUMENT);
    CHECK(strcmp(error.what, "uri") == 0);
    CHECK(kera_client_connect("tcp:127.0.0.1:1", NULL, 0, NULL, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_client_connect("nonsense", NULL, 0, &client, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_client_connect("pigeon:coop", NULL, 0, &client, &error) == KERA_UNSUPPORTED);
    kera_client_options_init(&options, sizeof options);
    options.call_timeout_ns = 0;
    CHECK(kera_client_connect("tcp:127.0.0.1:1", &options, 0, &client, &error) ==
          KERA_INVALID_ARGUMENT);
    options.struct_bytes = 2;
    CHECK(kera_client_connect("tcp:127.0.0.1:1", &options, 0, &client, &error) ==
          KERA_INVALID_ARGUMENT);
    CHECK(client == NULL);
    CHECK(kera_producer_open(NULL, NULL, 0, NULL, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_consumer_open(NULL, NULL, NULL, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_producer_claim(NULL, 0, 0, 1, NULL, &error) == KERA_INVALID_ARGUMENT);
    CHECK(kera_consumer_poll(NULL, 0, &batch, NULL) == KERA_INVALID_ARGUMENT);
    CHECK(kera_stream_delete(NULL, 1, 0, NULL) == KERA_INVALID_ARGUMENT);
    CHECK(kera_client_poll(NULL) == 0 && kera_client_fd(NULL) == -1);
    kera_client_close(NULL);
    kera_consumer_close(NULL);
    CHECK(kera_producer_close(NULL, 0, NULL) == KERA_OK);
    kera_batch_release(NULL, NULL);
    return NULL;
}
