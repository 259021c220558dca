// Turns a broker's refusal into an Error. Any thread.
// The text of a refusal arrives in a receive buffer, but an Error's text lives for ever: known
// texts are kept in a table of bounded size, and beyond it a fixed text stands for the rest.
#pragma once

#include <string_view>

#include "base/error.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {

const char* lasting_text(std::string_view text);
Error to_error(const ErrorAnswer& answer);

}  // namespace kera
