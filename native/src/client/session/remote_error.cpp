// The table of texts behind remote_error.hpp.
#include "client/session/remote_error.hpp"

#include <mutex>
#include <set>
#include <string>

namespace kera {

namespace {

constexpr std::size_t kTextsMax = 512;
constexpr std::size_t kTextBytesKept = 128;

struct Texts {
    std::mutex mutex;
    std::set<std::string, std::less<>> known;
};

Texts& texts() {
    static Texts all;
    return all;
}

}  // namespace

const char* lasting_text(std::string_view text) {
    const std::string_view kept = text.substr(0, kTextBytesKept);
    Texts& table = texts();
    const std::lock_guard lock(table.mutex);
    const auto found = table.known.find(kept);
    if (found != table.known.end()) {
        return found->c_str();
    }
    if (table.known.size() >= kTextsMax) {
        return "refused_by_broker";
    }
    return table.known.emplace(kept).first->c_str();
}

Error to_error(const ErrorAnswer& answer) {
    const auto code =
        answer.code == ErrorCode::ok || static_cast<std::uint16_t>(answer.code) > kErrorCodeMax
            ? ErrorCode::internal
            : answer.code;
    return Error{code, lasting_text(answer.what), answer.limit, answer.value};
}

}  // namespace kera
