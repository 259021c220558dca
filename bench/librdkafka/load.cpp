// Kafka's C client under the same workloads as the other engines: `name=value` arguments in, a result as
// `name=value` lines out (see LoadMain and LoadResult). Produces with one thread, consumes with one, and times
// from when a record was due. Built on demand: g++ -O2 load.cpp -lrdkafka.
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "figures.hpp"
#include "load.hpp"
#include "warm_up.hpp"

namespace {

rd_kafka_conf_t* configuration(const Load& load) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char error[512];
    const auto set = [&](const char* name, const std::string& value) {
        if (rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error) != RD_KAFKA_CONF_OK) {
            fail(error);
        }
    };
    set("bootstrap.servers", load.of("uri", ""));
    if (load.of("kind", "") == "LATENCY") {
        set("socket.nagle.disable", "true");
    }
    return conf;
}

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    Load& load = *static_cast<Load*>(opaque);
    const auto due_ns = reinterpret_cast<int64_t>(message->_private);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++load.failures;
    } else if (due_ns != 0 && load.counts(due_ns)) {
        load.acks.record(now_ns() - due_ns);
    }
}

rd_kafka_t* open_producer(Load& load) {
    rd_kafka_conf_t* conf = configuration(load);
    char error[512];
    const std::string linger = load.of("linger_us", "-1");
    if (linger != "-1") {
        const std::string ms = std::to_string(std::stod(linger) / 1000);
        rd_kafka_conf_set(conf, "linger.ms", ms.c_str(), error, sizeof error);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    rd_kafka_conf_set_opaque(conf, &load);
    rd_kafka_t* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
    return producer != nullptr ? producer : (fail(error), nullptr);
}

// Waits for the answer of an admin request.
void await_admin(rd_kafka_queue_t* queue, const char* what) {
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
    if (event == nullptr || rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(std::string(what) + ": " + (event ? rd_kafka_event_error_string(event) : "no answer"));
    }
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
}

void create_topic(rd_kafka_t* client, const Load& load) {
    char error[512];
    const int partitions = std::stoi(load.of("streamlets", "1"));
    rd_kafka_NewTopic_t* topic =
        rd_kafka_NewTopic_new(load.topic.c_str(), partitions, 1, error, sizeof error);
    rd_kafka_NewTopic_set_config(topic, "file.delete.delay.ms", "500");
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
    rd_kafka_CreateTopics(client, &topic, 1, nullptr, queue);
    await_admin(queue, "create topic");
    rd_kafka_NewTopic_destroy(topic);
}

void delete_topic(rd_kafka_t* client, const Load& load) {
    rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(load.topic.c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client);
    rd_kafka_DeleteTopics(client, &topic, 1, nullptr, queue);
    await_admin(queue, "delete topic");
    rd_kafka_DeleteTopic_destroy(topic);
}

class Producer {
public:
    Producer(rd_kafka_t* client, Load& load) : client_(client), load_(load) {
        topic_ = rd_kafka_topic_new(client, load.topic.c_str(), nullptr);
        std::mt19937 random(1);
        value_.resize(static_cast<std::size_t>(load.length));
        for (char& byte : value_) {
            byte = static_cast<char>(random());
        }
    }

    ~Producer() { rd_kafka_topic_destroy(topic_); }

    void send(int64_t due_ns, int64_t sent_ns, bool sampled) {
        std::memcpy(value_.data(), &due_ns, 8);
        std::memcpy(value_.data() + 8, &sent_ns, 8);
        void* opaque = sampled ? reinterpret_cast<void*>(due_ns) : nullptr;
        while (rd_kafka_produce(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value_.data(),
                                value_.size(), nullptr, 0, opaque) != 0) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
                fail(rd_kafka_err2str(rd_kafka_last_error()));
            }
            rd_kafka_poll(client_, 1);
        }
        ++load_.sent;
        load_.all_sent.fetch_add(1, std::memory_order_relaxed);
    }

    // For so long, and until everything is acknowledged; counts from zero.
    void run(double seconds) {
        load_.sent = 0;
        send_for(static_cast<int64_t>(seconds * 1e9));
        rd_kafka_flush(client_, 60'000);
    }

    // Until that is over, and everything is acknowledged.
    WarmUp run(WarmUp warm_up) {
        while (!warm_up.is_over()) {
            const int64_t before = load_.sent;
            const int64_t began = now_ns();
            send_for(warm_up.next_slice_ns());
            warm_up.add(load_.sent - before, now_ns() - began);
        }
        rd_kafka_flush(client_, 60'000);
        return warm_up;
    }

private:
    void send_for(int64_t for_ns) {
        const int64_t start = now_ns();
        const int64_t end = start + for_ns;
        if (load_.rate > 0) {
            for (int64_t number = 0;; ++number) {
                const int64_t due = start + number * 1'000'000'000LL / load_.rate;
                if (due >= end) {
                    break;
                }
                sleep_until(due);
                send(due, now_ns(), number % 16 == 0);
            }
        } else {
            int64_t sample = start;
            for (int64_t now = start; now < end; now = now_ns()) {
                const bool sampled = now >= sample;
                sample = sampled ? now + 1'000'000 : sample;
                for (int i = 0; i < 64; ++i) {
                    send(now, now, sampled && i == 0);
                }
                rd_kafka_poll(client_, 0);
            }
        }
    }

    rd_kafka_t* client_;
    Load& load_;
    rd_kafka_topic_t* topic_;
    std::vector<char> value_;
};

// All partitions of the topic from the beginning, through one queue.
class Consumer {
public:
    explicit Consumer(const Load& load) : load_(load) {
        char error[512];
        client_ = rd_kafka_new(RD_KAFKA_CONSUMER, configuration(load), error, sizeof error);
        if (client_ == nullptr) {
            fail(error);
        }
        topic_ = rd_kafka_topic_new(client_, load.topic.c_str(), nullptr);
        queue_ = rd_kafka_queue_new(client_);
        partitions_ = std::stoi(load.of("streamlets", "1"));
        start();
    }

    ~Consumer() {
        stop();
        rd_kafka_queue_destroy(queue_);
        rd_kafka_topic_destroy(topic_);
        rd_kafka_destroy(client_);
    }

    void rewind() {
        stop();
        start();
    }

    // Waits for so many records or for so long, whichever comes first.
    template <typename Handler>
    int64_t poll(int timeout_ms, std::size_t records_max, Handler&& handler) {
        rd_kafka_message_t* messages[1024];
        const ssize_t count =
            rd_kafka_consume_batch_queue(queue_, timeout_ms, messages, records_max);
        int64_t records = 0;
        for (ssize_t index = 0; index < count; ++index) {
            if (messages[index]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                int64_t due_ns = 0, sent_ns = 0;
                std::memcpy(&due_ns, messages[index]->payload, 8);
                std::memcpy(&sent_ns, static_cast<char*>(messages[index]->payload) + 8, 8);
                handler(due_ns, sent_ns);
                ++records;
            }
            rd_kafka_message_destroy(messages[index]);
        }
        return records;
    }

private:
    void start() {
        for (int partition = 0; partition < partitions_; ++partition) {
            rd_kafka_consume_start_queue(topic_, partition, RD_KAFKA_OFFSET_BEGINNING, queue_);
        }
    }

    void stop() {
        for (int partition = 0; partition < partitions_; ++partition) {
            rd_kafka_consume_stop(topic_, partition);
        }
        poll(0, 1024, [](int64_t, int64_t) {});
    }

    const Load& load_;
    rd_kafka_t* client_;
    rd_kafka_topic_t* topic_;
    rd_kafka_queue_t* queue_;
    int partitions_;
};

void print(const Load& load, const WarmUp& warm_up, const Usage& before, const Usage& after) {
    const double seconds = static_cast<double>(load.end_ns - load.begin_ns) / 1e9;
    const double client = after.client - before.client;
    const double server = after.server - before.server;
    const double others = after.busy - before.busy - client - server;
    std::printf("sent=%ld\nsent_bytes=%ld\nread=%ld\nread_bytes=%ld\nfailures=%ld\nseconds=%.6f\n",
                load.sent, load.sent * load.length, load.read, load.read * load.length,
                load.failures.load(), seconds);
    std::printf("warmup_seconds=%.6f\nwarmup_end=%s\n", warm_up.seconds(), warm_up.end());
    std::printf("client_cpu_seconds=%.3f\nserver_cpu_seconds=%.3f\nforeign_share=%.4f\n", client, server,
                std::max(0.0, others / seconds / static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN))));
    std::printf("server_peak_bytes=%ld\nclient_peak_bytes=%ld\n",
                peak_bytes(load.of("server_pid", "0")), peak_bytes("self"));
    std::printf("acks=%s\nend_to_end=%s\nfrom_send=%s\n", load.acks.text().c_str(),
                load.end_to_end.text().c_str(), load.from_send.text().c_str());
}

void produce(Load& load, rd_kafka_t* client) {
    Producer producer(client, load);
    const WarmUp warm_up = producer.run(load.warm_up());
    const Usage before = Usage::now(load.of("server_pid", "0"));
    load.begin_ns = now_ns();
    producer.run(load.seconds);
    load.end_ns = now_ns();
    print(load, warm_up, before, Usage::now(load.of("server_pid", "0")));
}

void latency(Load& load, rd_kafka_t* client) {
    std::thread polling([&] {
        while (load.sending) {
            rd_kafka_poll(client, 20);
        }
    });
    std::thread reading([&] {
        Consumer consumer(load);
        int64_t seen = 0;
        int64_t deadline = INT64_MAX;
        while (load.sending || (seen < load.all_sent && now_ns() < deadline)) {
            if (!load.sending && deadline == INT64_MAX) {
                deadline = now_ns() + 10'000'000'000LL;
            }
            seen += consumer.poll(20, 1, [&](int64_t due_ns, int64_t sent_ns) {
                if (load.counts(due_ns)) {
                    const int64_t now = now_ns();
                    load.end_to_end.record(now - due_ns);
                    load.from_send.record(now - sent_ns);
                    ++load.read;
                }
            });
        }
    });
    Producer producer(client, load);
    const WarmUp warm_up = producer.run(load.warm_up());
    const Usage before = Usage::now(load.of("server_pid", "0"));
    load.begin_ns = now_ns();
    producer.run(load.seconds);
    load.end_ns = now_ns();
    const Usage after = Usage::now(load.of("server_pid", "0"));
    load.sending = false;
    polling.join();
    reading.join();
    print(load, warm_up, before, after);
}

void consume(Load& load, rd_kafka_t* client) {
    const int64_t records = std::stoll(load.of("preload", "536870912")) / load.length;
    {
        Producer producer(client, load);
        for (int64_t number = 0; number < records; ++number) {
            producer.send(1, 1, false);
            if (number % 64 == 0) {
                rd_kafka_poll(client, 0);
            }
        }
        rd_kafka_flush(client, 60'000);
    }
    load.sent = 0;
    Consumer consumer(load);
    int64_t check = 0;
    const auto pass = [&](int64_t end) {
        int64_t left = records;
        while (left > 0 && now_ns() < end) {
            const int64_t some = consumer.poll(20, 1024, [&](int64_t due_ns, int64_t sent_ns) { check += due_ns ^ sent_ns; });
            left -= some;
            load.read += some;
        }
    };
    const auto again = [&](int64_t for_ns) {
        load.read = 0;
        const int64_t end = now_ns() + for_ns;
        while (now_ns() < end) {
            consumer.rewind();
            pass(end);
        }
    };
    pass(INT64_MAX);
    WarmUp warm_up = load.warm_up();
    while (!warm_up.is_over()) {
        const int64_t began = now_ns();
        again(warm_up.next_slice_ns());
        warm_up.add(load.read, now_ns() - began);
    }
    const Usage before = Usage::now(load.of("server_pid", "0"));
    load.begin_ns = now_ns();
    again(static_cast<int64_t>(load.seconds * 1e9));
    load.end_ns = now_ns();
    print(load, warm_up, before, Usage::now(load.of("server_pid", "0")));
}

}  // namespace

int main(int count, char** arguments) {
    Load load;
    for (int index = 1; index < count; ++index) {
        const std::string argument = arguments[index];
        const std::size_t equals = argument.find('=');
        load.values[argument.substr(0, equals)] = argument.substr(equals + 1);
    }
    const std::string payload = load.of("payload", "100");
    if (payload.find_first_not_of("0123456789") != std::string::npos || load.of("streams", "1") != "1" ||
        load.of("producers", "1") != "1" || load.of("consumers", "1") != "1") {
        fail("payload=" + payload + "; only a fixed size, one stream, one producer and one consumer");
    }
    load.length = std::stoll(payload);
    load.rate = std::stoll(load.of("rate", "0"));
    load.warmup = std::stod(load.of("warmup", "1"));
    load.warmup_max = std::stod(load.of("warmup_max", "0"));
    load.seconds = std::stod(load.of("seconds", "5"));
    load.topic = load.of("stream", "bench");
    const std::string kind = load.of("kind", "PRODUCE");

    rd_kafka_t* client = open_producer(load);
    create_topic(client, load);
    if (kind == "PRODUCE") {
        produce(load, client);
    } else if (kind == "LATENCY") {
        latency(load, client);
    } else if (kind == "CONSUME") {
        consume(load, client);
    } else {
        fail("kind=" + kind + "; give PRODUCE, CONSUME or LATENCY");
    }
    delete_topic(client, load);
    rd_kafka_destroy(client);
    return 0;
}
