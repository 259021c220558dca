// A folder for one test. Thread: the test's. Invariant: the destructor removes the folder and
// everything in it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "base/check.hpp"

namespace kera {

class TempFolder {
  public:
    TempFolder() : path_(std::filesystem::temp_directory_path() / "kera-XXXXXX") {
        KERA_ASSERT(::mkdtemp(path_.data()) != nullptr);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const noexcept { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace kera
