// Whatever text names a transport: it is refused, or it comes back as it was written.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "transport/uri.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    const std::string_view text(reinterpret_cast<const char*>(data), length);
    const auto uri = kera::parse_uri(text);
    if (uri.ok()) {
        KERA_ASSERT(uri->text() == text);
        const auto host_port = kera::parse_host_port(uri->address);
        if (host_port.ok()) {
            const auto again = kera::parse_host_port(kera::host_port_text(*host_port));
            KERA_ASSERT(again.ok() && again->host == host_port->host);
            KERA_ASSERT(again->port == host_port->port);
        }
    }
    return 0;
}
