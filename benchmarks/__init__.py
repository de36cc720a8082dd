"""Measurements, each a script: ``python -m benchmarks.NAME`` prints a table, with ``--json`` the same as JSON.

``sops``: useful work a cycle by layer, and why the lanes wait; ``density``: cycles against input density; ``area``:
logic cells and clock by lanes, timesteps in parallel and weight bits; ``peers``: published designs beside builds of
ours; ``neurons``: training steps beside SpikingJelly; ``epochs``: what an epoch teaches, by optimiser; ``events``:
events a second that the host link takes; ``virtual_board``: cycles a second of a board in simulation; ``page``: frames
a second of the demo's page; ``gestures``: what noise, speed and rotation do to the gesture network; ``soak``: the demo
for an hour. What they showed is in ``docs/benchmarks.md``.
"""
