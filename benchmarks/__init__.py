"""Measurements, each a script: ``python -m benchmarks.NAME`` prints a table, with ``--json`` the same as JSON.

``sops``: useful work a cycle by layer, and why the lanes wait; ``density``: cycles against input density; ``area``:
logic cells and clock by lanes, timesteps in parallel and weight bits; ``peers``: published designs beside builds of
ours; ``neurons``: training steps beside SpikingJelly; ``epochs``: what an epoch teaches, by optimiser;
``page``: frames a second of the demo's page. What they showed is in ``docs/benchmarks.md``.
"""
