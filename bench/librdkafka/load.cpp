// Kafka's C client under the same workloads as the other engines: `name=value` arguments in, a result as
// `name=value` lines out (see LoadMain and LoadResult). Consumes with one thread, and times from when a
// record was due. Built on demand: g++ -O2 load.cpp -lrdkafka.
#include <librdkafka/rdkafka.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "client.hpp"
#include "figures.hpp"
#include "load.hpp"
#include "warm_up.hpp"

namespace {

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
        ++sent_;
        load_.all_sent.fetch_add(1, std::memory_order_relaxed);
    }

    // For so long, and until everything is acknowledged; counts from zero.
    void run(double seconds) {
        sent_ = 0;
        send_for(static_cast<int64_t>(seconds * 1e9));
        rd_kafka_flush(client_, 60'000);
    }

    // Until that is over, and everything is acknowledged.
    WarmUp run(WarmUp warm_up) {
        while (!warm_up.is_over()) {
            const int64_t before = sent_;
            const int64_t began = now_ns();
            send_for(warm_up.next_slice_ns());
            warm_up.add(sent_ - before, now_ns() - began);
        }
        rd_kafka_flush(client_, 60'000);
        return warm_up;
    }

    // Since it began to count.
    int64_t sent() const { return sent_; }

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
    int64_t sent_ = 0;
};

// All partitions of the topic from the beginning, through one queue.
class Consumer {
public:
    explicit Consumer(const Load& load) : load_(load) {
        char error[512];
        rd_kafka_conf_t* conf = configuration(load);
        if (is_tuned(load)) {
            set(conf, "fetch.min.bytes", "100000");
            set(conf, "fetch.message.max.bytes", "10485760");
            set(conf, "queued.min.messages", "1000000");
        }
        client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
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
                load.sent.load(), load.sent * load.length, load.read, load.read * load.length,
                load.failures.load(), seconds);
    std::printf("warmup_seconds=%.6f\nwarmup_end=%s\n", warm_up.seconds(), warm_up.end());
    std::printf("client_cpu_seconds=%.3f\nserver_cpu_seconds=%.3f\nforeign_share=%.4f\n", client, server,
                std::max(0.0, others / seconds / static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN))));
    std::printf("server_peak_bytes=%ld\nclient_peak_bytes=%ld\n",
                peak_bytes(load.of("server_pid", "0")), peak_bytes("self"));
    std::printf("acks=%s\nend_to_end=%s\nfrom_send=%s\n", load.acks.text().c_str(),
                load.end_to_end.text().c_str(), load.from_send.text().c_str());
}

// One client, and as many threads as are asked for: who is warm waits for the others.
void produce(Load& load, rd_kafka_t* client) {
    const int count = std::stoi(load.of("threads", "1"));
    std::vector<WarmUp> warm_ups(static_cast<std::size_t>(count), load.warm_up());
    Usage before;
    std::barrier warm(count, [&]() noexcept {
        before = Usage::now(load.of("server_pid", "0"));
        load.begin_ns = now_ns();
    });
    std::vector<std::thread> threads;
    for (WarmUp& warm_up : warm_ups) {
        threads.emplace_back([&] {
            Producer producer(client, load);
            warm_up = producer.run(warm_up);
            warm.arrive_and_wait();
            producer.run(load.seconds);
            load.sent += producer.sent();
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    load.end_ns = now_ns();
    const auto least_steady = std::find_if(warm_ups.begin(), warm_ups.end(), [](const WarmUp& one) {
        return std::string(one.end()) == "unsteady";
    });
    print(load, least_steady == warm_ups.end() ? warm_ups[0] : *least_steady, before,
          Usage::now(load.of("server_pid", "0")));
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
    // Of this thread, which paces: by default the kernel wakes it 50 us late. As TimerSlack in Java.
    prctl(PR_SET_TIMERSLACK, 1);
    const WarmUp warm_up = producer.run(load.warm_up());
    const Usage before = Usage::now(load.of("server_pid", "0"));
    load.begin_ns = now_ns();
    producer.run(load.seconds);
    load.end_ns = now_ns();
    load.sent = producer.sent();
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
