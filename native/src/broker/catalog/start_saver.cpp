#include "broker/catalog/start_saver.hpp"

namespace kera {

void StartSaver::note_moved(StreamId stream) {
    CatalogEntry* entry = directory_.find(stream);
    if (entry != nullptr && (entry->is_visible() || entry->state == StreamState::making)) {
        entry->starts_moved = true;
        save(stream);
    }
}

void StartSaver::save(StreamId stream) {
    CatalogEntry* entry = directory_.find(stream);
    if (entry == nullptr || !entry->starts_moved || entry->state != StreamState::open) {
        return;
    }
    if (being_saved_ >= kSavedAtOnceMax) {
        waiting_.push_back(stream);
        return;
    }
    ++being_saved_;
    changes_.save_starts(*entry);
}

void StartSaver::on_saved() {
    --being_saved_;
    while (!waiting_.empty() && being_saved_ < kSavedAtOnceMax) {
        const StreamId next = waiting_.front();
        waiting_.pop_front();
        save(next);
    }
}

}  // namespace kera
