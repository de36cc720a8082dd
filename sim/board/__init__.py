"""The simulated board: models of the cells that a design uses beside logic, and of a board's flash."""
