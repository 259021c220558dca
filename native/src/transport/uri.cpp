#include "transport/uri.hpp"

#include <algorithm>
#include <charconv>

namespace kera {

namespace {

bool is_scheme_character(char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') ||
           character == '+';
}

}  // namespace

Result<Uri> parse_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) {
        return fail(ErrorCode::invalid_argument, "uri has no scheme, as in tcp:host:port");
    }
    const std::string_view scheme = text.substr(0, colon);
    const std::string_view address = text.substr(colon + 1);
    if (!std::ranges::all_of(scheme, is_scheme_character)) {
        return fail(ErrorCode::invalid_argument, "uri scheme is not in [a-z0-9+]");
    }
    if (address.empty() || address.find('\0') != std::string_view::npos) {
        return fail(ErrorCode::invalid_argument, "uri has no address after its scheme");
    }
    return Uri{std::string(scheme), std::string(address)};
}

Result<HostPort> parse_host_port(std::string_view address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) {
        return fail(ErrorCode::invalid_argument, "address has no port, as in host:port");
    }
    std::string_view host = address.substr(0, colon);
    const std::string_view digits = address.substr(colon + 1);
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return fail(ErrorCode::invalid_argument, "IPv6 address is not in brackets, as in [::1]:9");
    }
    if (host.find_first_of("[]") != std::string_view::npos) {
        return fail(ErrorCode::invalid_argument, "host has brackets that do not enclose it");
    }
    if (host.empty()) {
        return fail(ErrorCode::invalid_argument, "address has no host, as in host:port");
    }
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (problem != std::errc() || end != digits.data() + digits.size()) {
        return fail(ErrorCode::invalid_argument, "port is not a number in 0..65535");
    }
    return HostPort{std::string(host), port};
}

std::string host_port_text(const HostPort& host_port) {
    const bool brackets = host_port.host.find(':') != std::string::npos;
    const std::string host = brackets ? "[" + host_port.host + "]" : host_port.host;
    return host + ":" + std::to_string(host_port.port);
}

}  // namespace kera
