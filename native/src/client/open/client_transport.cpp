// Chooses by the scheme. See client_transport.hpp.
#include "client/open/client_transport.hpp"

#include "transport/shm/shm_transport.hpp"
#include "transport/tcp/tcp_transport.hpp"

namespace kera {

Result<std::unique_ptr<Transport>> open_client_transport(const Uri& uri,
                                                         const ClientTransportOptions& options,
                                                         const Clock& clock) {
    if (uri.scheme == "tcp") {
        TcpOptions tcp;
        tcp.buffer_bytes_max = options.receive_memory_bytes;
        tcp.connect_deadline_ns = options.connect_timeout_ns;
        KERA_TRY_ASSIGN(std::unique_ptr<Transport> transport, TcpTransport::open(tcp, clock));
        return transport;
    }
    if (uri.scheme == "shm") {
        ShmOptions shm;
        shm.send_bytes = options.send_memory_bytes;
        shm.buffer_bytes_max = options.receive_memory_bytes;
        shm.handshake_deadline_ns = options.connect_timeout_ns;
        KERA_TRY_ASSIGN(std::unique_ptr<Transport> transport, ShmTransport::open(shm, clock));
        return transport;
    }
    return fail(ErrorCode::unsupported, "uri_scheme");
}

}  // namespace kera
