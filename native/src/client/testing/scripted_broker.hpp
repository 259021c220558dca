// Test fixture: as much of a broker as a client can notice. It keeps chunks for each streamlet and
// refuses what a broker refuses: sequences, epochs, checksums. The test can answer a request
// itself, hold answers back, or refuse chosen chunks. One thread. Borrows transport and clock.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/testing/scripted_readers.hpp"
#include "client/testing/scripted_streamlet.hpp"
#include "client/testing/scripted_transport.hpp"
#include "wire/frame/templates.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class ScriptedBroker {
  public:
    ScriptedBroker(ScriptedTransport& transport, const ManualClock& clock)
        : readers(
              clock, kept,
              [this](std::span<const std::byte> frame) { transport_.answer(endpoint_, frame); }),
          transport_(transport),
          clock_(clock) {
        greeting.frame_bytes_max = kFrameBytesMax;
        greeting.chunk_bytes_max = (64U << 20U) + 65536U;
        greeting.requests_in_flight_max = 64;
        greeting.credit_bytes_max = 64 << 20;
        transport_.on_frame = [this](EndpointId endpoint, std::vector<std::byte> frame) {
            endpoint_ = endpoint;
            receive(std::move(frame));
        };
        transport_.on_round = [this] { readers.serve_waiting(); };
        transport_.on_gone = [this](EndpointId) {
            held_appends.clear();
            readers.forget_all();
        };
    }

    // The script. A result that the test returns for a chunk replaces the broker's own.
    std::function<std::optional<AppendResult>(const ChunkInfo&)> on_chunk;
    // True: the test has answered, or will never.
    std::function<bool(const FrameView&)> on_request;
    bool holds_appends = false;
    HelloAnswer greeting;
    std::optional<Error> refuses_hello;
    std::map<std::string, StreamAnswer> streams;

    // What the broker has, and who reads it.
    ScriptedStreamlets kept;
    ScriptedReaders readers;

    // What was seen.
    std::vector<ChunkInfo> seen;
    std::deque<std::vector<std::byte>> held_appends;
    std::map<Template, int> requests;
    std::vector<Fetch> fetches;
    std::int64_t credit_given = 0;
    std::int64_t next_producer = 100;
    std::int16_t newest_epoch = 0;

    std::vector<std::string> values(std::int64_t stream, std::int32_t streamlet) {
        return kept[{stream, streamlet}].values();
    }
    // A chunk that is in a streamlet without any producer's doing.
    void keep(std::int64_t stream, std::int32_t streamlet, std::vector<std::byte> chunk) {
        kept[{stream, streamlet}].keep(std::move(chunk), clock_.epoch_ms());
        readers.serve_waiting();
    }
    void forget_after(std::int64_t stream, std::int32_t streamlet, std::size_t chunks) {
        kept[{stream, streamlet}].forget_after(chunks);
    }

    void answer_held() {
        for (const std::vector<std::byte>& frame : std::exchange(held_appends, {})) {
            append(frame);
        }
    }
    template <class Message>
    void answer(const Message& message, std::int64_t correlation) {
        static_cast<void>(encode_message(message, buffer_, correlation));
        transport_.answer(endpoint_, buffer_.frame());
    }
    void refuse(const FrameView& frame, const Error& why, std::uint32_t retry_after_ms = 0) {
        ErrorAnswer refusal = ErrorAnswer::of(why, frame.header().template_id);
        refusal.retry_after_ms = retry_after_ms;
        answer(refusal, frame.header().correlation_id);
    }

  private:
    static constexpr std::uint32_t kFrameBytesMax = 72U << 20U;
    // Longer than the greeting says: it is for the test to notice.
    static constexpr std::uint32_t kFrameBytesSeen = 80U << 20U;

    void receive(std::vector<std::byte> frame) {
        const Result<FrameView> view = FrameView::over(frame, kFrameBytesSeen);
        KERA_ASSERT(view.ok());
        const auto type = static_cast<Template>(view->header().template_id);
        ++requests[type];
        if (on_request && on_request(*view)) {
            return;
        }
        if (type != Template::append) {
            dispatch(*view);
        } else if (holds_appends) {
            held_appends.push_back(std::move(frame));
        } else {
            append(frame);
        }
    }

    void dispatch(const FrameView& view) {
        const std::int64_t correlation = view.header().correlation_id;
        switch (static_cast<Template>(view.header().template_id)) {
            case Template::hello:
                if (refuses_hello) {
                    refuse(view, *refuses_hello);
                } else {
                    answer(greeting, correlation);
                }
                break;
            case Template::ping:
                answer(PingAnswer{}, correlation);
                break;
            case Template::open_producer:
                open_producer(OpenProducer::decode(view).value(), correlation);
                break;
            case Template::create_stream:
                create_stream(CreateStream::decode(view).value(), correlation);
                break;
            case Template::describe_stream:
                describe_stream(view);
                break;
            default:
                serve_reader(view);
                break;
        }
    }

    void serve_reader(const FrameView& view) {
        const std::int64_t correlation = view.header().correlation_id;
        switch (static_cast<Template>(view.header().template_id)) {
            case Template::fetch:
                fetches.push_back(Fetch::decode(view).value());
                readers.on_fetch(fetches.back(), correlation);
                break;
            case Template::subscribe:
                answer(DoneAnswer{}, correlation);
                readers.on_subscribe(Subscribe::decode(view).value());
                break;
            case Template::credit: {
                const Credit more = Credit::decode(view).value();
                credit_given += more.credit_bytes;
                readers.on_credit(more);
                break;
            }
            case Template::unsubscribe:
                readers.subscriptions.erase(Unsubscribe::decode(view).value().subscription);
                answer(DoneAnswer{}, correlation);
                break;
            case Template::end_of_term: {
                const EndOfTerm asked = EndOfTerm::decode(view).value();
                const ScriptedStreamlet& of = kept[{asked.stream.value(), asked.streamlet.value()}];
                if (asked.term > of.term) {
                    refuse(view,
                           {ErrorCode::stale_term, "term", of.term.value(), asked.term.value()});
                } else {
                    answer(EndOfTermAnswer{asked.term, of.term_began, of.term}, correlation);
                }
                break;
            }
            case Template::list_offsets: {
                ListOffsetsAnswer given;
                given.offset = readers.on_list_offsets(ListOffsets::decode(view).value());
                answer(given, correlation);
                break;
            }
            default:
                refuse(view, {ErrorCode::unsupported, "template_id", 0, view.header().template_id});
                break;
        }
    }

    void open_producer(const OpenProducer& asked, std::int64_t correlation) {
        const bool is_new = asked.producer.value() < 0;
        OpenProducerAnswer given;
        given.producer = is_new ? ProducerId(next_producer++) : asked.producer;
        given.epoch = is_new ? ProducerEpoch(0) : asked.epoch.next();
        newest_epoch = given.epoch.value();
        answer(given, correlation);
    }

    void create_stream(const CreateStream& asked, std::int64_t correlation) {
        StreamAnswer& made = streams[asked.name];
        made.stream = StreamId(static_cast<std::int64_t>(streams.size()));
        made.settings = asked.settings;
        made.name = asked.name;
        answer(made, correlation);
    }

    void describe_stream(const FrameView& view) {
        const DescribeStream asked = DescribeStream::decode(view).value();
        for (const auto& [name, stream] : streams) {
            if (name == asked.name || (asked.name.empty() && stream.stream == asked.stream)) {
                answer(stream, view.header().correlation_id);
                return;
            }
        }
        refuse(view, {ErrorCode::unknown_stream, "stream", 0, asked.stream.value()});
    }

    void append(const std::vector<std::byte>& frame) {
        const Result<FrameView> view = FrameView::over(frame, kFrameBytesSeen);
        const Append message = Append::decode(*view).value();
        std::vector<AppendResult> results;
        std::vector<std::byte> chunks(frame.begin() + Append::kHeadBytes, frame.end());
        std::size_t at = 0;
        for (std::uint32_t index = 0; index < message.chunk_count; ++index) {
            const std::span<std::byte> rest = std::span(chunks).subspan(at);
            const ChunkInfo info =
                check_chunk_header(rest.first(kChunkHeaderBytes), rest.size()).value();
            results.push_back(append_chunk(info, rest.first(info.chunk_bytes)));
            at += info.chunk_bytes;
        }
        KERA_ASSERT(at == chunks.size());
        if (message.ack_level != AckLevel::none) {
            const std::int64_t correlation = view->header().correlation_id;
            static_cast<void>(AppendAnswer::encode(buffer_, correlation, results));
            transport_.answer(endpoint_, buffer_.frame());
        }
        readers.serve_waiting();
    }

    AppendResult append_chunk(const ChunkInfo& info, std::span<std::byte> chunk) {
        seen.push_back(info);
        if (!check_client_crc(chunk).ok()) {
            AppendResult result;
            result.code = ErrorCode::bad_checksum;
            return result;
        }
        if (on_chunk) {
            if (const std::optional<AppendResult> scripted = on_chunk(info)) {
                return *scripted;
            }
        }
        return kept[{info.stream.value(), info.streamlet.value()}].append(info, chunk,
                                                                          clock_.epoch_ms());
    }

    ScriptedTransport& transport_;
    const ManualClock& clock_;
    EndpointId endpoint_{-1};
    FrameBuffer buffer_;
};

}  // namespace kera
