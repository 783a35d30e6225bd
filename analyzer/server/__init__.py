"""The server: pages, sockets and figures over the calls in progress."""
