#include "transport/uri.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

TEST(UriTest, splits_scheme_and_address) {
    const Uri tcp = parse_uri("tcp:127.0.0.1:9090").value();
    EXPECT_EQ(tcp.scheme, "tcp");
    EXPECT_EQ(tcp.address, "127.0.0.1:9090");
    const Uri shm = parse_uri("shm:/run/kera/node.sock").value();
    EXPECT_EQ(shm.scheme, "shm");
    EXPECT_EQ(shm.address, "/run/kera/node.sock");
    EXPECT_EQ(parse_uri("krp+dpdk:10.0.0.1:9").value().scheme, "krp+dpdk");
}

TEST(UriTest, prints_what_it_parsed) {
    EXPECT_EQ(parse_uri("tcp:[::1]:9090").value().text(), "tcp:[::1]:9090");
}

TEST(UriTest, refuses_what_has_no_scheme_or_no_address) {
    for (const char* text : {"", ":", "tcp", "tcp:", ":address", "TCP:x:1", "t cp:x", "tcp\n:x"}) {
        const auto parsed = parse_uri(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument) << text;
    }
    EXPECT_FALSE(parse_uri(std::string_view("shm:/a\0b", 8)).ok());
}

TEST(HostPortTest, takes_names_numbers_and_bracketed_ipv6) {
    EXPECT_EQ(parse_host_port("localhost:0").value().port, 0);
    EXPECT_EQ(parse_host_port("10.1.2.3:65535").value().host, "10.1.2.3");
    const HostPort six = parse_host_port("[fe80::1]:80").value();
    EXPECT_EQ(six.host, "fe80::1");
    EXPECT_EQ(host_port_text(six), "[fe80::1]:80");
    EXPECT_EQ(host_port_text({"localhost", 7}), "localhost:7");
}

TEST(HostPortTest, refuses_bad_ports_and_missing_parts) {
    for (const char* text : {"", "host", "host:", ":80", "host:65536", "host:-1", "host:8x",
                             "::1:80", "[]:80", "host: 80", "[[::1]]:80", "a]:80"}) {
        EXPECT_FALSE(parse_host_port(text).ok()) << text;
    }
}

}  // namespace
}  // namespace kera
