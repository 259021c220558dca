// A keeper that is a process of its own, kera-keeper: a few hundred KiB that outlive the node. Each
// data folder has one, which the first node starts; the next ones find it at its socket there. One
// thread. The program lies within this library, so nothing has to be installed beside it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "keeper/memory_keeper.hpp"

namespace kera {

class KeeperProcess final : public MemoryKeeper {
  public:
    // REQUIRES: no other process uses the data folder. A keeper without a node ends after
    // `seconds`. unsupported: the system allows no keeper here; the value is the errno.
    static Result<std::unique_ptr<KeeperProcess>> reach(const std::string& data_folder,
                                                        std::int64_t seconds);

    Result<KeptMemory> take() override;
    Result<void> drop() override;
    Result<void> keep(int chunks, int tails) override;
    void forget() noexcept override;

  private:
    KeeperProcess(FileDescriptor socket, FileDescriptor folder) noexcept;
    // The keeper answers with the same word.
    Result<KeptMemory> ask(char word, std::span<const int> descriptors);

    FileDescriptor socket_;
    FileDescriptor folder_;
};

}  // namespace kera
