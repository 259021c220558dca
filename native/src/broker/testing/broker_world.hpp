// For tests of this room: a core on a simulated network, and clients that send raw frames to it.
// One thread; time moves only when somebody waits. Owns all of it. Clients are destroyed before the
// core, the core before the network.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "broker/core/core.hpp"
#include "disk/sim_disk.hpp"
#include "storage/testing/test_chunk.hpp"
#include "transport/sim/sim_net.hpp"
#include "transport/sim/sim_transport.hpp"
#include "wire/frame/templates.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

// A frame that has arrived, copied.
struct ReceivedFrame {
    std::vector<std::byte> bytes;

    FrameView view() const { return FrameView::over(bytes, UINT32_MAX).value(); }
    std::uint16_t template_id() const { return view().header().template_id; }
    std::int64_t correlation_id() const { return view().header().correlation_id; }
};

class BrokerWorld;

// A chunk of `records` records for a stream that a test has made.
struct ChunkFor {
    std::uint32_t records = 3;
    Sequence sequence{0};
    ProducerId producer = kNoProducer;
    StreamletId streamlet{0};
    std::uint32_t value_bytes = 64;
    std::int64_t timestamp_ms = 1'000;

    TestChunk in(const StreamAnswer& stream) const {
        TestChunk::Shape shape;
        shape.stream = stream.stream;
        shape.streamlet = streamlet;
        shape.producer = producer;
        shape.sequence = sequence;
        shape.records = records;
        shape.value_bytes = value_bytes;
        shape.timestamp_ms = timestamp_ms;
        return TestChunk(shape);
    }
};

// The content of a fetch answer or a push: the head's fields, and the chunks behind it.
struct FetchedData {
    std::vector<FetchAnswer::Entry> entries;
    std::vector<std::byte> data;

    static FetchedData of(const ReceivedFrame& frame) {
        FetchedData fetched;
        const std::uint32_t head = FetchAnswer::decode(frame.view(), fetched.entries).value();
        fetched.data.assign(frame.bytes.begin() + head, frame.bytes.end());
        return fetched;
    }
    // Base offsets of the chunks, in their order.
    std::vector<Offset> offsets() const {
        std::vector<Offset> offsets;
        for (std::size_t at = 0; at < data.size();) {
            const ChunkView chunk = first_chunk(Bytes(data).subspan(at)).value();
            EXPECT_TRUE(check_chunk_crcs(chunk.bytes()).ok());
            offsets.push_back(chunk.base_offset());
            at += chunk.chunk_bytes();
        }
        return offsets;
    }
};

// A connection that sends any bytes.
class RawClient final : public TransportHandler {
  public:
    RawClient(BrokerWorld& world, const std::string& name, const std::string& uri);
    ~RawClient() override;

    void send(Bytes frame, std::span<const IoSpan> body = {}, Token token = kNoToken);
    template <class Message>
    void send_message(const Message& message, std::int64_t correlation_id) {
        ASSERT_TRUE(encode_message(message, buffer_, correlation_id).ok());
        send(buffer_.frame());
    }
    // The next frame with this correlation id; pushes have -1. Fails the test when none comes.
    ReceivedFrame wait_for(std::int64_t correlation_id);
    template <class Answer, class Message>
    Result<Answer> ask(const Message& message) {
        const std::int64_t id = next_id_++;
        send_message(message, id);
        return as<Answer>(wait_for(id));
    }
    template <class Answer>
    static Result<Answer> as(const ReceivedFrame& frame) {
        if (frame.template_id() == static_cast<std::uint16_t>(Template::error_answer)) {
            const ErrorAnswer answer = ErrorAnswer::decode(frame.view()).value();
            return Error{answer.code, "", answer.limit, answer.value};
        }
        return Answer::decode(frame.view());
    }
    // Greets. A core that hands out producer ids then accepts chunks of producers up to 1,000,
    // since it reserves ids in ranges.
    void hello();
    StreamAnswer create(const std::string& name, const StreamSettings& settings = {}) {
        return ask<StreamAnswer>(CreateStream{kAnyStream, settings, name}).value();
    }
    // A stream with one chunk, ChunkFor{}.
    StreamAnswer create_with_chunk(const std::string& name, AckLevel level) {
        const StreamAnswer stream = create(name);
        const TestChunk chunk = ChunkFor{}.in(stream);
        EXPECT_EQ(append({chunk.bytes()}, level)[0].code, ErrorCode::ok);
        return stream;
    }
    std::vector<AppendResult> append(const std::vector<Bytes>& chunks,
                                     AckLevel level = AckLevel::leader,
                                     std::uint32_t timeout_ms = 0);
    std::int64_t send_append(const std::vector<Bytes>& chunks, AckLevel level,
                             std::uint32_t timeout_ms = 0);
    static std::vector<AppendResult> results(const ReceivedFrame& frame);

    bool connected() const noexcept { return connected_; }
    bool has_frame() const noexcept { return !frames_.empty(); }
    std::size_t released() const noexcept { return released_; }
    void disconnect();
    void poll() { transport_->poll(*this, 64); }

    void on_connected(EndpointId, const PeerInfo&) override { connected_ = true; }
    void on_disconnected(EndpointId, const Error&) override { connected_ = false; }
    void on_message(EndpointId, Inbound&& message) override;
    void on_released(EndpointId, Token) override { ++released_; }
    void on_writable(EndpointId) override {}

  private:
    BrokerWorld& world_;
    std::unique_ptr<Transport> transport_;
    EndpointId endpoint_;
    FrameBuffer buffer_;
    std::deque<ReceivedFrame> frames_;
    bool connected_ = false;
    std::size_t released_ = 0;
    std::int64_t next_id_ = 1;
};

class BrokerWorld {
  public:
    explicit BrokerWorld(CoreConfig config = small_config()) : config_(std::move(config)) {
        start();
    }

    static CoreConfig small_config() {
        CoreConfig config;
        config.arena_bytes = 64_MiB;
        config.touch_ahead = false;
        config.listen = {"sim:broker"};
        return config;
    }

    static CoreConfig disk_config() {
        CoreConfig config = small_config();
        config.data_folder = "data";
        return config;
    }

    // Stops cleanly and starts again.
    void restart() {
        core_.reset();
        start();
    }
    // As if the machine had lost power: what was not synced may be lost.
    void crash() {
        kill();
        start();
    }
    // As crash(), without a new start.
    void kill() {
        core_->abandon();
        for (SimDisk* disk : disks_) {
            disk->crash();
        }
        core_.reset();
        media_.crash(net_.random());
    }

    void start() {
        const Result<void> started = try_start();
        ASSERT_TRUE(started.ok()) << describe(started.error());
    }
    Result<void> try_start() {
        disks_.clear();
        CoreEnvironment environment;
        environment.clock = &net_.clock();
        environment.make_transport = [this](const Uri& uri,
                                            ReactorId) -> Result<std::unique_ptr<Transport>> {
            SimOptions options;
            options.message_bytes_max = config_.limits.frame_bytes_max;
            std::unique_ptr<Transport> transport = net_.open(SimNet::node_of(uri.address), options);
            return transport;
        };
        environment.make_disk = [this](ReactorId) -> Result<std::unique_ptr<Disk>> {
            auto disk = std::make_unique<SimDisk>(media_, net_.clock(), net_.random());
            if (prepare_disk_) {
                prepare_disk_(*disk);
            }
            disks_.push_back(disk.get());
            return std::unique_ptr<Disk>(std::move(disk));
        };
        KERA_TRY_ASSIGN(core_, Core::open(config_, environment));
        return {};
    }

    // One step of everything.
    void turn() {
        core_->poll();
        for (RawClient* client : clients_) {
            client->poll();
        }
        // To the next event anywhere, also of the disk, but only a little.
        const std::int64_t next_ns = std::min(
            {net_.next_event_ns(), core_->next_deadline_ns(), net_.now_ns() + kNanosPerMilli});
        net_.advance_ns(std::max<std::int64_t>(next_ns - net_.now_ns(), kNanosPerMicro));
    }
    template <class Until>
    bool run_until(Until&& until, int turns_max = 200'000) {
        for (int turns = 0; turns < turns_max; ++turns) {
            if (until()) {
                return true;
            }
            turn();
        }
        return until();
    }
    void run_ms(std::int64_t ms) {
        const std::int64_t until_ns = net_.now_ns() + ms * kNanosPerMilli;
        while (net_.now_ns() < until_ns) {
            turn();
        }
    }

    SimNet& net() noexcept { return net_; }
    Core& core() noexcept { return *core_; }
    SimDisk& disk(ReactorId reactor = ReactorId(0)) noexcept {
        return *disks_[static_cast<std::size_t>(reactor.value())];
    }
    SimMedia& media() noexcept { return media_; }
    // Called for the disks of later starts, before anything is read.
    void prepare_disks(std::function<void(SimDisk&)> prepare) {
        prepare_disk_ = std::move(prepare);
    }
    CoreConfig& config() noexcept { return config_; }

  private:
    friend class RawClient;

    SimNet net_{1};
    CoreConfig config_;
    SimMedia media_;
    std::vector<SimDisk*> disks_;
    std::function<void(SimDisk&)> prepare_disk_;
    std::unique_ptr<Core> core_;
    std::vector<RawClient*> clients_;
};

inline RawClient::RawClient(BrokerWorld& world, const std::string& name, const std::string& uri)
    : world_(world), transport_(world.net().open(name)) {
    world_.clients_.push_back(this);
    endpoint_ = transport_->connect(parse_uri(uri).value()).value();
    EXPECT_TRUE(world_.run_until([this] { return connected_; }));
    transport_->allow_large_frames(endpoint_, 128U << 20U);
}

inline void RawClient::hello() {
    ASSERT_TRUE(ask<HelloAnswer>(Hello{}).ok());
    if (world_.config().authority == Authority::core) {
        ASSERT_TRUE(ask<OpenProducerAnswer>(OpenProducer{}).ok());
    }
}

inline RawClient::~RawClient() {
    std::erase(world_.clients_, this);
}

inline void RawClient::send(Bytes frame, std::span<const IoSpan> body, Token token) {
    SendOutcome outcome = SendOutcome::again;
    ASSERT_TRUE(world_.run_until([&] {
        outcome = transport_->send(endpoint_, frame, body, token);
        return outcome != SendOutcome::again;
    }));
}

inline ReceivedFrame RawClient::wait_for(std::int64_t correlation_id) {
    ReceivedFrame found;
    EXPECT_TRUE(world_.run_until([&] {
        for (auto at = frames_.begin(); at != frames_.end(); ++at) {
            if (at->correlation_id() == correlation_id) {
                found = std::move(*at);
                frames_.erase(at);
                return true;
            }
        }
        return false;
    })) << "no answer with correlation id "
        << correlation_id;
    return found;
}

inline std::int64_t RawClient::send_append(const std::vector<Bytes>& chunks, AckLevel level,
                                           std::uint32_t timeout_ms) {
    std::vector<std::byte> whole(Append::kHeadBytes);
    for (const Bytes chunk : chunks) {
        whole.insert(whole.end(), chunk.begin(), chunk.end());
    }
    const std::int64_t id = next_id_++;
    Append append{timeout_ms, static_cast<std::uint16_t>(chunks.size()), level};
    append.encode(buffer_, id, static_cast<std::uint32_t>(whole.size()) - Append::kHeadBytes);
    std::copy(buffer_.frame().begin(), buffer_.frame().end(), whole.begin());
    send(whole);
    return id;
}

inline std::vector<AppendResult> RawClient::append(const std::vector<Bytes>& chunks, AckLevel level,
                                                   std::uint32_t timeout_ms) {
    return results(wait_for(send_append(chunks, level, timeout_ms)));
}

inline std::vector<AppendResult> RawClient::results(const ReceivedFrame& frame) {
    std::vector<AppendResult> results;
    if (frame.template_id() == static_cast<std::uint16_t>(Template::error_answer)) {
        const ErrorAnswer answer = ErrorAnswer::decode(frame.view()).value();
        ADD_FAILURE() << to_string(answer.code) << ' ' << answer.what << " limit=" << answer.limit
                      << " value=" << answer.value;
        return results;
    }
    EXPECT_TRUE(AppendAnswer::decode(frame.view(), [&](std::uint32_t, const AppendResult& one) {
                    results.push_back(one);
                }).ok());
    return results;
}

inline void RawClient::on_message(EndpointId, Inbound&& message) {
    ReceivedFrame frame;
    for (const Fragment& fragment : message.fragments()) {
        frame.bytes.insert(frame.bytes.end(), fragment.begin(), fragment.end());
    }
    frames_.push_back(std::move(frame));
}

inline void RawClient::disconnect() {
    transport_->close(endpoint_, fail(ErrorCode::closed, "test"));
    EXPECT_TRUE(world_.run_until([this] { return !connected_; }));
}

}  // namespace kera
