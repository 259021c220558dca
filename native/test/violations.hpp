// Collects the errors that checkers find, instead of failing at once: a run with a planted defect
// expects some, every other run expects none. One thread; the checkers of one world share it.
#pragma once

#include <string>
#include <vector>

namespace kera {

class Violations {
  public:
    void add(const std::string& what) {
        ++count_;
        if (first_.size() < kTold) {
            first_.push_back(what);
        }
    }
    bool none() const noexcept { return count_ == 0; }
    std::string report() const {
        std::string text = std::to_string(count_) + " violations";
        for (const std::string& what : first_) {
            text += "\n  " + what;
        }
        return text;
    }

  private:
    static constexpr std::size_t kTold = 8;

    std::size_t count_ = 0;
    std::vector<std::string> first_;
};

}  // namespace kera
