// One structured line per event, to stderr or to a sink that the host sets. Never on a hot path.
// Any thread: the sink receives whole lines, one at a time. The sink must not log. A line reads
// `level=info event=arena_reserved bytes=1048576 pages=huge`; the stderr sink puts the time first.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace kera {

// `off` is not the level of a line. As a limit it lets no line pass.
enum class LogLevel : std::uint8_t { debug, info, warn, error, off };

class LogField {
  public:
    LogField(std::string_view name, std::string_view text) : name_(name), text_(text) {}
    LogField(std::string_view name, const char* text) : name_(name), text_(text) {}
    LogField(std::string_view name, bool flag) : name_(name), text_(flag ? "true" : "false") {}
    LogField(std::string_view name, double number) : name_(name), text_(std::to_string(number)) {}
    LogField(std::string_view name, const Error& error) : name_(name), text_(describe(error)) {}
    template <std::integral T>
    LogField(std::string_view name, T number) : name_(name), text_(std::to_string(number)) {}
    template <class Id>
        requires requires(Id id) { std::to_string(id.value()); }
    LogField(std::string_view name, Id id) : name_(name), text_(std::to_string(id.value())) {}

    std::string_view name() const noexcept { return name_; }
    const std::string& text() const noexcept { return text_; }

  private:
    std::string_view name_;
    std::string text_;
};

using LogSink = std::function<void(LogLevel level, std::string_view line)>;

const char* to_string(LogLevel level) noexcept;

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Lines below this level are not formatted. The initial level is info.
void set_log_level(LogLevel level) noexcept;

// Replaces the sink and returns the previous one. An empty sink means stderr.
LogSink set_log_sink(LogSink sink);

}  // namespace kera
