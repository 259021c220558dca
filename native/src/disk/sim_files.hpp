// Carries out disk operations on simulated media, at once: what PosixFiles is to the kernel's
// files. One thread; borrows the media, the faults and the random numbers. Invariant: when a call
// reports success for a durable action, a crash of the media keeps what it did, unless the write
// was to be lost or misdirected.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"
#include "disk/disk.hpp"
#include "disk/sim_faults.hpp"
#include "disk/sim_media.hpp"

namespace kera {

class SimFiles {
  public:
    SimFiles(SimMedia& media, SimFaults& faults, Random& random)
        : media_(media), faults_(faults), random_(random) {}
    SimFiles(const SimFiles&) = delete;
    SimFiles& operator=(const SimFiles&) = delete;

    Result<std::shared_ptr<SimFile>> open(const FileSpec& spec);
    Result<std::uint64_t> write(SimFile& file, const DiskOperation& operation);
    Result<void> sync(SimFile& file);
    Result<void> truncate(SimFile& file, std::uint64_t bytes);

    Result<void> truncate_path(const std::string& path, std::uint64_t bytes);
    Result<void> rename_durably(const std::string& from, const std::string& to);
    Result<void> replace(const std::string& path, Bytes content);
    Result<MappedFile> map(const std::string& path) const;

    // What a crash leaves of an operation that was in flight. `file`: of those on an open file.
    void arrive_in_part(const DiskOperation& operation, SimFile* file);

  private:
    // Where the bytes of a write go.
    struct Landing {
        WriteFault fault = WriteFault::none;
        std::shared_ptr<SimFile> other;  // of a misdirected write
        std::uint64_t other_offset = 0;
    };

    Landing landing_of(const SimFile& file, const DiskOperation& operation);
    Landing another_block(const SimFile& file, std::uint64_t offset);
    // `done`: bytes of the operation before these.
    void write_span(SimFile& file, const DiskOperation& operation, const Landing& landing,
                    std::uint64_t done, Bytes source);
    Result<std::shared_ptr<SimFile>> find(const std::string& path) const;
    // disk_full: the media have no room for so many bytes more.
    Result<void> reserve(std::uint64_t bytes) const;

    SimMedia& media_;
    SimFaults& faults_;
    Random& random_;
};

}  // namespace kera
