// Sets a flag as long as this object exists, however the scope is left. One thread.
#pragma once

namespace kera {

class SetWhile {
  public:
    explicit SetWhile(bool& flag) noexcept : flag_(flag) { flag_ = true; }
    SetWhile(const SetWhile&) = delete;
    SetWhile& operator=(const SetWhile&) = delete;
    ~SetWhile() { flag_ = false; }

  private:
    bool& flag_;
};

}  // namespace kera
