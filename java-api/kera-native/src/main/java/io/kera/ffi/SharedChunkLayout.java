package io.kera.ffi;

/**
 * What a producer and the loop say to each other about shared chunks (kera_shared_producer.h): message types, and
 * offsets as the library has them.
 */
public final class SharedChunkLayout {
    public static final int OPENED = 1;
    public static final int FULL = 2;
    public static final int WANTED = 3;
    public static final int RETURNED = 4;

    public static final int GRANTED = 1;
    public static final int SETTLED = 2;
    public static final int NONE_LEFT = 3;
    public static final int REFUSED = 4;
    public static final int REGION_RETIRED = 5;
    public static final int STREAM_GROWN = 6;

    public static final int SETTLED_DUPLICATE = 1;
    public static final int SETTLED_STOPPED = 2;
    public static final int SETTLED_FENCED = 4;
    public static final int SETTLED_ASKED = 8;

    /** Of a shared chunk's word: one record more; the bytes are in the lower half. */
    public static final long ONE_RECORD = 1L << 32;
    /** Of a shared chunk's word: it takes no more records. */
    public static final long CLOSED = Long.MIN_VALUE;
    /** With many threads, bytes in a word are counted in these. */
    public static final int UNIT_BYTES = 8;
    /** With many threads: one record more; below it are units of bytes. */
    public static final long ONE_RESERVED = 1L << 24;
    /** With many threads: one opening more; above it is {@link #CLOSED} only. */
    public static final long ONE_GENERATION = 1L << 36;
    /** With many threads, of what is committed: a record that could not be written; below it are bytes. */
    public static final long ONE_SPOILT = 1L << 40;

    public static final int STATE_BYTES = bytes("kera_shared_chunk_state");
    public static final int STATE_WORD = at("kera_shared_chunk_state.word");
    public static final int STATE_OWN_TIMES = at("kera_shared_chunk_state.own_times");
    public static final int STATE_ASKED = at("kera_shared_chunk_state.asked");
    public static final int STATE_COMMITTED = at("kera_shared_chunk_state.committed");

    public static final int OPENED_BYTES = bytes("kera_shared_chunk_opened");
    public static final int OPENED_CHUNK = at("kera_shared_chunk_opened.chunk");
    public static final int OPENED_STREAM = at("kera_shared_chunk_opened.stream");
    public static final int OPENED_STREAMLET = at("kera_shared_chunk_opened.streamlet");
    public static final int OPENED_FIRST_TIMESTAMP = at("kera_shared_chunk_opened.first_timestamp_ms");

    public static final int NUMBER_BYTES = bytes("kera_shared_chunk_number");
    public static final int NUMBER_CHUNK = at("kera_shared_chunk_number.chunk");
    public static final int WANTED_BYTES = bytes("kera_shared_chunk_wanted");
    public static final int WANTED_SIZE = at("kera_shared_chunk_wanted.bytes");

    public static final int GRANTED_CHUNK = at("kera_shared_chunk_granted.chunk");
    public static final int GRANTED_REGION = at("kera_shared_chunk_granted.region");
    public static final int GRANTED_ROOM = at("kera_shared_chunk_granted.room_bytes");
    public static final int GRANTED_ADDRESS = at("kera_shared_chunk_granted.address");

    public static final int SETTLED_CHUNK = at("kera_shared_chunk_settled.chunk");
    public static final int SETTLED_FLAGS = at("kera_shared_chunk_settled.flags");
    public static final int SETTLED_RECORDS = at("kera_shared_chunk_settled.record_count");
    public static final int SETTLED_CODE = at("kera_shared_chunk_settled.code");
    public static final int SETTLED_BASE_OFFSET = at("kera_shared_chunk_settled.base_offset");
    public static final int SETTLED_APPEND_TIME = at("kera_shared_chunk_settled.append_time_ms");
    public static final int SETTLED_LIMIT = at("kera_shared_chunk_settled.limit");
    public static final int SETTLED_VALUE = at("kera_shared_chunk_settled.value");
    public static final int SETTLED_WHAT = at("kera_shared_chunk_settled.what");
    public static final int SETTLED_CAUSE = at("kera_shared_chunk_settled.cause");

    public static final int RETIRED_REGION_MIN = at("kera_region_retired.region_min");

    public static final int GROWN_STREAM = at("kera_shared_stream_grown.stream");
    public static final int GROWN_STREAMLETS = at("kera_shared_stream_grown.streamlets");

    private SharedChunkLayout() {}

    private static int at(String field) {
        return NativeLayout.get().offset(field);
    }

    private static int bytes(String struct) {
        return NativeLayout.get().bytes(struct);
    }
}
