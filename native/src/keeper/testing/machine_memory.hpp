// The memory of a machine whose processes come and go, with a keeper for them. One thread; owns
// what is kept. A process that dies in a test runs its destructors, which a killed one does not: so
// its memory is copied at that moment.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "base/check.hpp"
#include "keeper/kept_mapping.hpp"
#include "keeper/memory_keeper.hpp"

namespace kera {

class MachineMemory {
  public:
    // For one process. It has to die, or to end, before the next one asks.
    std::unique_ptr<MemoryKeeper> keeper() { return std::make_unique<Keeper>(kept_); }

    // Call it before the objects of the process are destroyed.
    void process_dies() {
        if (!kept_.empty()) {
            kept_ = {copy(kept_.chunks), copy(kept_.tails)};
        }
    }
    void loses_power() { kept_ = {}; }
    bool holds_something() const noexcept { return !kept_.empty(); }
    const KeptMemory& kept() const noexcept { return kept_; }

  private:
    class Keeper final : public MemoryKeeper {
      public:
        explicit Keeper(KeptMemory& kept) noexcept : kept_(kept) {}

        Result<KeptMemory> take() override {
            if (kept_.empty()) {
                return KeptMemory();
            }
            return KeptMemory{again(kept_.chunks.get()), again(kept_.tails.get())};
        }
        Result<void> drop() override {
            kept_ = {};
            return {};
        }
        Result<void> keep(int chunks, int tails) override {
            kept_ = {again(chunks), again(tails)};
            return {};
        }
        void forget() noexcept override { kept_ = {}; }

      private:
        KeptMemory& kept_;
    };

    static FileDescriptor again(int descriptor) {
        FileDescriptor same(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
        KERA_ASSERT(same.open(), descriptor);
        return same;
    }

    static FileDescriptor copy(const FileDescriptor& memory) {
        const KeptMapping from = KeptMapping::map(memory).value();
        FileDescriptor to(::memfd_create("kera-machine-memory", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        KERA_ASSERT(::ftruncate(to.get(), static_cast<off_t>(from.bytes().size())) == 0);
        // Only pages that were written to.
        for (off_t at = ::lseek(memory.get(), 0, SEEK_DATA); at >= 0;
             at = ::lseek(memory.get(), at, SEEK_DATA)) {
            const off_t end = ::lseek(memory.get(), at, SEEK_HOLE);
            const Bytes data = from.bytes().subspan(static_cast<std::size_t>(at),
                                                    static_cast<std::size_t>(end - at));
            KERA_ASSERT(::pwrite(to.get(), data.data(), data.size(), at) == end - at);
            at = end;
        }
        KERA_ASSERT(::fcntl(to.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
        return to;
    }

    KeptMemory kept_;
};

}  // namespace kera
