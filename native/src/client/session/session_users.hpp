// The producers and consumers that use a client's session, as the loop sees them.
// Thread: the loop's. Borrows the users; owns those that were retired until they are idle.
// Invariant: a user keeps its index for as long as it is here; users may come and go while they are
// visited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "client/session/session_user.hpp"

namespace kera {

class SessionUsers {
  public:
    // The user's index, which goes into the tokens of what it sends.
    std::uint32_t add(SessionUser& user);
    void remove(std::uint32_t index, const SessionUser& user) noexcept;
    // Null: there is none.
    SessionUser* find(std::size_t index) const noexcept {
        return index < users_.size() ? users_[index] : nullptr;
    }
    template <class Visit>
    void for_each(Visit&& visit) {
        for (std::size_t index = 0; index < users_.size(); ++index) {
            if (users_[index] != nullptr) {
                visit(*users_[index]);
            }
        }
    }
    // Of all users, the earliest.
    std::int64_t next_deadline_ns() const;
    // Whether another thread has handed something over to one of them.
    bool has_work() const;
    // Whether one of them has use for what arrives.
    bool await_messages() const;

    // Keeps the user until it is idle, then destroys it.
    void retire(std::uint32_t index, std::unique_ptr<SessionUser> user, const Error& why);
    void drop_idle() {
        if (!retired_.empty()) [[unlikely]] {
            drop_idle_retired();
        }
    }
    // Two steps of the end: messages that users hold go before the transport does, the memory that
    // it sends from after it.
    void shut_down_retired(const Error& why);
    void drop_retired() { retired_.clear(); }

  private:
    struct Retired {
        std::uint32_t index;
        std::unique_ptr<SessionUser> user;
    };

    void drop_idle_retired();

    std::vector<SessionUser*> users_;
    std::vector<Retired> retired_;
};

}  // namespace kera
