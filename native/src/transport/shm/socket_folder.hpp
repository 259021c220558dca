// A folder for sockets in tests, gone with its test. Thread: one at a time.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/check.hpp"

namespace kera {

class SocketFolder {
  public:
    SocketFolder() : path_((std::filesystem::temp_directory_path() / "kera-shm-XXXXXX").string()) {
        KERA_ASSERT(::mkdtemp(path_.data()) != nullptr);
    }
    SocketFolder(const SocketFolder&) = delete;
    SocketFolder& operator=(const SocketFolder&) = delete;
    ~SocketFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string file(const std::string& name) const { return path_ + "/" + name; }

  private:
    std::string path_;
};

}  // namespace kera
