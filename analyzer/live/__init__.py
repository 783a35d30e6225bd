"""Calls in progress: audio in from a device or a socket, events out to pages, the record and the figures."""
