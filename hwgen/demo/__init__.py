"""The demo: a source of events, a board behind a line, and a view of both."""
