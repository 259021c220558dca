// A disk client for tests: keeps what was completed, by token.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "disk/disk.hpp"

namespace kera {

class DiskRecorder final : public DiskClient {
  public:
    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override {
        KERA_ASSERT(!done_.contains(token));
        done_.emplace(token, done);
        order_.push_back(token);
    }

    bool has(DiskToken token) const { return done_.contains(token); }
    const Result<std::uint64_t>& of(DiskToken token) const { return done_.at(token); }
    const std::vector<DiskToken>& order() const { return order_; }

    FileId open(Disk& disk, FileSpec spec) {
        constexpr DiskToken kOpenToken = 1'000'000;
        disk.open(std::move(spec), *this, kOpenToken);
        disk.drain();
        const Result<std::uint64_t> done = done_.at(kOpenToken);
        done_.erase(kOpenToken);
        order_.pop_back();
        return done.ok() ? static_cast<FileId>(*done) : FileId::none;
    }

  private:
    std::map<DiskToken, Result<std::uint64_t>> done_;
    std::vector<DiskToken> order_;
};

inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace kera
