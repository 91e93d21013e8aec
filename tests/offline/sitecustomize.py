"""Refuses every connection that leaves this machine, in the tests and in the Python programs they start."""

import sys

LOOPBACK = ("127.", "::1", "localhost")


def refuse_network(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    elif event == "socket.getaddrinfo":
        host = args[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host and not host.startswith(LOOPBACK):
        raise PermissionError(f"a test may not reach {host}: nothing is downloaded at run time")


sys.addaudithook(refuse_network)
