#pragma once

#include <string_view>
#include <vector>

#include "agent/control/access_request.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// The header by which a client tells its calls apart, as Azure's do.
inline constexpr const char* kClientRequestId = "x-ms-client-request-id";

/// `id` is what the header holds, anything that the client made up; `body` the whole body of the call; `ports` what it
/// asks for, with the sources that it left to the caller's address: from another address it is another request.
[[nodiscard]] Result<ClientRequest> decode_client_request(std::string_view id, std::string_view body,
                                                          const std::vector<PortRequest>& ports);

}  // namespace jitgate
