// Coming and going. See session_users.hpp.
#include "client/session/session_users.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace kera {

std::uint32_t SessionUsers::add(SessionUser& user) {
    const auto free = std::find(users_.begin(), users_.end(), nullptr);
    const auto index = static_cast<std::uint32_t>(free - users_.begin());
    if (free == users_.end()) {
        users_.push_back(&user);
    } else {
        *free = &user;
    }
    return index;
}

void SessionUsers::remove(std::uint32_t index, const SessionUser& user) noexcept {
    if (users_[index] == &user) {
        users_[index] = nullptr;
    }
}

std::int64_t SessionUsers::next_deadline_ns() const {
    std::int64_t next = kNoDeadline;
    for (const SessionUser* user : users_) {
        if (user != nullptr) {
            next = std::min(next, user->next_deadline_ns());
        }
    }
    return next;
}

bool SessionUsers::has_work() const {
    return std::any_of(users_.begin(), users_.end(),
                       [](const SessionUser* user) { return user != nullptr && user->has_work(); });
}

bool SessionUsers::await_messages() const {
    return std::any_of(users_.begin(), users_.end(), [](const SessionUser* user) {
        return user != nullptr && user->awaits_messages();
    });
}

void SessionUsers::retire(std::uint32_t index, std::unique_ptr<SessionUser> user,
                          const Error& why) {
    KERA_ASSERT(users_[index] == user.get());
    user->shut_down(why);
    retired_.push_back({index, std::move(user)});
}

void SessionUsers::drop_idle_retired() {
    std::erase_if(retired_, [this](const Retired& one) {
        if (!one.user->idle()) {
            return false;
        }
        users_[one.index] = nullptr;
        return true;
    });
}

void SessionUsers::shut_down_retired(const Error& why) {
    for (Retired& one : retired_) {
        one.user->shut_down(why);
    }
}

}  // namespace kera
