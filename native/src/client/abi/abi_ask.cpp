// kera.h: any request of the client protocol, encoded and decoded by another language.
#include "client/abi/abi.hpp"
#include "wire/frame/templates.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

// A request that is encoded already; only its correlation id and its padding are still ours.
struct EncodedRequest {
    Bytes frame;

    void encode(FrameBuffer& buffer, std::int64_t correlation_id) const {
        const MutableBytes room = buffer.reserve(frame.size() + kFrameAlignment);
        copy_bytes(room.data(), frame.data(), frame.size());
        buffer.finish(frame.size(), correlation_id);
    }
};

struct EncodedAnswer {
    std::vector<std::byte> frame;

    static Result<EncodedAnswer> decode(const FrameView& view) {
        return EncodedAnswer{{view.head().begin(), view.head().end()}};
    }
};

Result<void> check_request(Bytes request) {
    KERA_TRY_ASSIGN(const FrameView frame,
                    FrameView::over(request, kFrameBytesBeforeHello + kFrameHeaderBytes));
    const auto id = static_cast<Template>(frame.header().template_id);
    if (id == Template::hello || id == Template::append) {
        return fail(ErrorCode::invalid_argument, "request_template", 0, frame.header().template_id);
    }
    return {};
}

}  // namespace

int32_t kera_client_ask(kera_client* client, const void* request, size_t request_bytes,
                        void* answer, size_t answer_capacity, size_t* answer_bytes,
                        int64_t timeout_ns, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(request, "request"));
        KERA_TRY(abi::refuse_null(answer, "answer"));
        KERA_TRY(abi::refuse_null(answer_bytes, "answer_bytes"));
        *answer_bytes = 0;
        const Bytes frame(static_cast<const std::byte*>(request), request_bytes);
        KERA_TRY(check_request(frame));
        Admin admin(*client->client);
        KERA_TRY_ASSIGN(const EncodedAnswer answered,
                        admin.call<EncodedAnswer>(EncodedRequest{frame}, timeout_ns));
        *answer_bytes = answered.frame.size();
        const std::size_t taken = std::min(answered.frame.size(), answer_capacity);
        copy_bytes(static_cast<std::byte*>(answer), answered.frame.data(), taken);
        if (taken < answered.frame.size()) {
            return fail(ErrorCode::limit_exceeded, "answer_bytes",
                        static_cast<std::int64_t>(answer_capacity),
                        static_cast<std::int64_t>(answered.frame.size()));
        }
        return {};
    });
}
