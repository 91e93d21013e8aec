"""What runs at the border of a namespace, as programs of their own: doors for single ports, and a watch.

watch FILE: writes down where every connection and datagram of this namespace wants to go.
outside SOCKET PORT: passes on what comes through a socket in the file system to a port of the machine.
inside SOCKET PORT: passes on what comes to a port of this namespace to that socket.
"""

from __future__ import annotations

import socket
import sys
import threading
from typing import Any

HOST = "127.0.0.1"
_EVERY_KIND = 3


def main(step: str, path: str, port: str = "") -> None:
    """Does one of them until it is killed."""
    if step == "watch":
        _watch(path)
    listener = socket.socket(socket.AF_UNIX if step == "outside" else socket.AF_INET)
    listener.bind(path if step == "outside" else (HOST, int(port)))
    listener.listen(64)
    family, address = (socket.AF_INET, (HOST, int(port))) if step == "outside" else (socket.AF_UNIX, path)
    while True:
        _connect(listener.accept()[0], socket.socket(family), address)


def _connect(near: socket.socket, far: socket.socket, address: Any) -> None:
    try:
        far.connect(address)
    except OSError:
        near.close()
        return
    for one, other in ((near, far), (far, near)):
        threading.Thread(target=_pour, args=(one, other), daemon=True).start()


def _pour(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(1 << 16):
            other.sendall(data)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        one.close()
        other.close()


def _watch(path: str) -> None:
    everything = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_EVERY_KIND))
    everything.bind(("lo", 0))
    known = {""}
    with open(path, "w", encoding="ascii", buffering=1) as file:  # noqa: PTH123 - lines are seen at once
        while True:
            found = _asked_for(everything.recv(1 << 16))
            if found not in known:
                known.add(found)
                file.write(f"{found}\n")


def _asked_for(packet: bytes) -> str:
    """Where a packet that begins something wants to go; an empty text for one that goes on or answers."""
    if packet[0] >> 4 == 6:
        return f"ipv6:{socket.inet_ntop(socket.AF_INET6, packet[24:40])}"
    start = (packet[0] & 15) * 4
    target = f"{socket.inet_ntoa(packet[16:20])}:{int.from_bytes(packet[start + 2 : start + 4])}"
    if packet[9] == socket.IPPROTO_UDP:
        return f"udp:{target}"
    begins = packet[9] == socket.IPPROTO_TCP and packet[start + 13] & 0x12 == 0x02  # SYN without ACK
    return f"tcp:{target}" if begins else ""


if __name__ == "__main__":
    main(*sys.argv[1:])
