"""The demo: an event camera's gestures, classified live by a board or by a simulated one, for people to see."""
