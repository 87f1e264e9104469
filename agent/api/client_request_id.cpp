#include "agent/api/client_request_id.hpp"

#include <algorithm>

namespace jitgate {

Result<ClientRequest> decode_client_request(std::string_view id, std::string_view body,
                                            const std::vector<PortRequest>& ports) {
  constexpr std::size_t longest = 128;
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (id.empty() || id.size() > longest || !std::ranges::all_of(id, visible)) {
    return error(errc::invalid_argument, "must be 1 to 128 visible ASCII characters", kClientRequestId);
  }
  std::string whole(body);
  for (const PortRequest& port : ports) {
    for (const AddressPrefix& source : port.sources) whole += "\n" + source.to_string();
  }
  return ClientRequest{std::string(id), sha256(whole)};
}

}  // namespace jitgate
