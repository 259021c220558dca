// A producer's client over librdkafka, and the topic of a load: their settings, by default and tuned as
// librdkafka's documentation advises for throughput. Whoever opens a client destroys it.
#pragma once

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>

#include "figures.hpp"
#include "load.hpp"

inline void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    char error[512];
    if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
        fail(error);
    }
}

inline rd_kafka_conf_t* configuration(const Load& load) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", load.of("uri", ""));
    if (load.of("kind", "") == "LATENCY") {
        set(conf, "socket.nagle.disable", "true");
    }
    return conf;
}

inline bool is_tuned(const Load& load) { return load.of("tuned", "false") == "true"; }

inline void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    Load& load = *static_cast<Load*>(opaque);
    const auto due_ns = reinterpret_cast<int64_t>(message->_private);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++load.failures;
    } else if (due_ns != 0 && load.counts(due_ns)) {
        const std::lock_guard lock(load.acks_of_all);
        load.acks.record(now_ns() - due_ns);
    }
}

inline rd_kafka_t* open_producer(Load& load) {
    rd_kafka_conf_t* conf = configuration(load);
    char error[512];
    const std::string linger = load.of("linger_us", "-1");
    if (linger != "-1") {
        const std::string ms = std::to_string(std::stod(linger) / 1000);
        rd_kafka_conf_set(conf, "linger.ms", ms.c_str(), error, sizeof error);
    }
    if (is_tuned(load)) {
        // Longer queues and larger batches, which its documentation advises for throughput. Its batches may be larger
        // than 256 KiB by default already; what limits them are 10,000 messages.
        set(conf, "linger.ms", "5");
        set(conf, "batch.size", "1000000");
        set(conf, "batch.num.messages", "100000");
        set(conf, "queue.buffering.max.messages", "1000000");
        set(conf, "queue.buffering.max.kbytes", "1048576");
        set(conf, "compression.codec", "none");
    }
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, &load);
    rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    return producer != nullptr ? producer : (fail(error), nullptr);
}

// Waits for the answer of an admin request.
inline void await_admin(rd_kafka_queue_t* queue, const char* what) {
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
    if (event == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(std::string(what) + ": " + (event ? rd_kafka_event_error_string(event) : "no answer"));
    }
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
}

inline void create_topic(rd_kafka_t* client, const Load& load) {
    char error[512];
    const int partitions = std::stoi(load.of("streamlets", "1"));
    rd_kafka_NewTopic_t* topic =
        rd_kafka_NewTopic_new(load.topic.c_str(), partitions, 1, error, sizeof error);
    rd_kafka_NewTopic_set_config(topic, "file.delete.delay.ms", "100");
    const int64_t retention = std::stoll(load.of("retention", "-1"));
    if (retention > 0) {  // as KafkaEngine does it
        const int64_t segment = std::max<int64_t>(1 << 20, retention / 8);
        rd_kafka_NewTopic_set_config(topic, "retention.bytes", std::to_string(retention).c_str());
        rd_kafka_NewTopic_set_config(topic, "segment.bytes", std::to_string(segment).c_str());
    }
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
    await_admin(queue, "create topic");
    rd_kafka_NewTopic_destroy(topic);
}

inline void delete_topic(rd_kafka_t* client, const Load& load) {
    rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(load.topic.c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopics(client, &topic, 1, nullptr, queue);
    await_admin(queue, "delete topic");
    rd_kafka_DeleteTopic_destroy(topic);
}
