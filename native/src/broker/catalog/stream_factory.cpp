#include "broker/catalog/stream_factory.hpp"

namespace kera {

Result<std::shared_ptr<Stream>> StreamFactory::make(StreamId id, const std::string& name,
                                                    const StreamSettings& settings,
                                                    Term term) const {
    auto stream = std::make_shared<Stream>();
    stream->id = id;
    stream->name = name;
    stream->settings = settings;
    stream->ack_level_min = settings.ack_level_min;
    add_streamlets(*stream, settings, term);
    KERA_TRY(add_lanes(*stream, settings.lanes));
    return stream;
}

Result<void> StreamFactory::add_streamlets(Stream& stream, const StreamSettings& settings) const {
    add_streamlets(stream, settings, stream.streamlets.front().streamlet->term());
    return add_lanes(stream, settings.lanes);
}

void StreamFactory::add_streamlets(Stream& stream, const StreamSettings& settings,
                                   Term term) const {
    const StreamletSettings resolved = StreamletSettings::resolve(settings);
    for (auto at = static_cast<std::int32_t>(stream.streamlets.size()); at < settings.streamlets;
         ++at) {
        SharedStreamlet& shared = stream.streamlets.emplace_back();
        // Whoever leads the first one leads new ones.
        shared.leads = stream.streamlets.front().leads;
        shared.streamlet =
            std::make_unique<Streamlet>(stream.id, StreamletId(at), resolved, term, memory_);
        shared.terms.begin(term, Offset(0));
        shared.gauges = StreamletGauges::allocate(counters_, stream.id, StreamletId(at));
    }
}

Result<void> StreamFactory::add_lanes(Stream& stream, std::uint16_t lanes) const {
    for (SharedStreamlet& shared : stream.streamlets) {
        Streamlet& streamlet = *shared.streamlet;
        while (streamlet.lane_count() < lanes) {
            const ReactorId owner =
                owners_.of(stream.id, streamlet.id(), LaneId(streamlet.lane_count()));
            const auto added =
                streamlet.add_lane(lane_hosts_[static_cast<std::size_t>(owner.value())]);
            if (!added.ok()) {
                return added.error();
            }
        }
    }
    return {};
}

}  // namespace kera
