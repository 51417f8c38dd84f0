#pragma once

namespace boxgate::net {

/// From now on closing the socket sends RST and throws away what was not sent yet.
void closeWithReset(int socket);
/// From now on closing it sends what is left, and FIN. What holds without these calls.
void closeInOrder(int socket);

/// Whether its end was sent already (shutdown for writing), or the connection has failed: then nothing more
/// can be written to it.
bool hasSentEnd(int socket);

} // namespace boxgate::net
