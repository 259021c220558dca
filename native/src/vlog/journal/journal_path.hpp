// Paths of journal files: `journal/<reactor>/<number>.journal`, relative to the data folder. Any
// thread; stateless.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"

namespace kera {

inline constexpr std::string_view kJournalFolder = "journal";
inline constexpr std::string_view kJournalFileEnding = ".journal";
// The ending of a file that recovery could not read. The node never removes it.
inline constexpr std::string_view kJournalAsideEnding = ".journal.set_aside";

inline std::string journal_folder(ReactorId reactor) {
    return std::string(kJournalFolder) + "/" + std::to_string(reactor.value());
}

inline std::string journal_file_path(ReactorId reactor, std::int64_t number) {
    return journal_folder(reactor) + "/" + std::to_string(number) + std::string(kJournalFileEnding);
}

inline std::string journal_aside_path(ReactorId reactor, std::int64_t number) {
    return journal_folder(reactor) + "/" + std::to_string(number) +
           std::string(kJournalAsideEnding);
}

// The number in the name of a file with this ending.
inline std::optional<std::int64_t> parse_journal_file_name(
    std::string_view name, std::string_view ending = kJournalFileEnding) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const auto digits = static_cast<std::size_t>(end - name.data());
    if (error != std::errc() || number < 0 || name.substr(digits) != ending) {
        return std::nullopt;
    }
    return number;
}

}  // namespace kera
