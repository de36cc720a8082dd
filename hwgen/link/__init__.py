"""The host link: what travels over the UART between a host and a board (``docs/protocol.md``)."""
