"""The event-gather core as composable Amaranth components, one concept a file."""
