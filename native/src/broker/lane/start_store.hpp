// Stores where streamlets start, for the reactors whose retention moves starts. Belongs to the
// asking reactor's thread. Invariant: a start that has moved is stored soon, unless its stream is
// deleted.
#pragma once

#include "base/ids.hpp"
#include "broker/mail/reactor_mailboxes.hpp"

namespace kera {

class StartStore {
  public:
    // Starts of the stream have moved.
    virtual void save_starts(StreamId stream) = 0;

  protected:
    ~StartStore() = default;
};

// For every reactor but the first, which has the catalog: asks the first one by mail.
class MailedStarts final : public StartStore {
  public:
    MailedStarts(ReactorId reactor, ReactorMailboxes& mailboxes) noexcept
        : reactor_(reactor), mailboxes_(mailboxes) {}

    void save_starts(StreamId stream) override {
        mailboxes_.send(reactor_, ReactorId(0), StartsMoved{stream});
    }

  private:
    ReactorId reactor_;
    ReactorMailboxes& mailboxes_;
};

}  // namespace kera
