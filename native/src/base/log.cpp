#include "base/log.hpp"

#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <utility>

namespace kera {

namespace {

std::atomic<LogLevel> log_level{LogLevel::info};

struct SinkSlot {
    std::mutex mutex;
    LogSink sink;
};

// Never destroyed, so that threads can still log while the process exits.
SinkSlot& sink_slot() {
    static auto* slot = new SinkSlot;
    return *slot;
}

void write_to_stderr(std::string_view line) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    tm utc{};
    gmtime_r(&now.tv_sec, &utc);
    std::array<char, 32> text{};
    const std::size_t chars = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::fprintf(stderr, "%.*s.%03dZ %.*s\n", static_cast<int>(chars), text.data(),
                 static_cast<int>(now.tv_nsec / 1'000'000), static_cast<int>(line.size()),
                 line.data());
}

// Characters above ASCII pass, because they are bytes of UTF-8.
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

bool needs_quotes(std::string_view text) {
    return text.empty() || std::any_of(text.begin(), text.end(), [](char c) {
               return is_control(c) || c == ' ' || c == '"' || c == '=' || c == '\\';
           });
}

// Quotes and escapes, so that a peer's text can neither break the line nor fake a field.
void append_text(std::string& line, std::string_view text) {
    if (!needs_quotes(text)) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            line += '\\';
            line += c;
        } else if (is_control(c)) {
            std::array<char, 5> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned char>(c));
            line += escaped.data();
        } else {
            line += c;
        }
    }
    line += '"';
}

}  // namespace

const char* to_string(LogLevel level) noexcept {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
        case LogLevel::off:
            return "off";
    }
    return "unknown";
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < log_level.load(std::memory_order_relaxed)) {
        return;
    }
    std::string line = "level=";
    line += to_string(level);
    line += " event=";
    append_text(line, event);
    for (const LogField& field : fields) {
        line += ' ';
        line += field.name();
        line += '=';
        append_text(line, field.text());
    }
    SinkSlot& slot = sink_slot();
    const std::scoped_lock lock(slot.mutex);
    if (slot.sink) {
        slot.sink(level, line);
    } else {
        write_to_stderr(line);
    }
}

void set_log_level(LogLevel level) noexcept {
    log_level.store(level, std::memory_order_relaxed);
}

LogSink set_log_sink(LogSink sink) {
    SinkSlot& slot = sink_slot();
    const std::scoped_lock lock(slot.mutex);
    return std::exchange(slot.sink, std::move(sink));
}

}  // namespace kera
