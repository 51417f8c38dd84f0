#pragma once

namespace boxgate::net {

/// From now on closing the socket sends RST and throws away what was not sent yet.
void closeWithReset(int socket);
/// From now on closing it sends what is left, and FIN. What holds without these calls.
void closeInOrder(int socket);

} // namespace boxgate::net
