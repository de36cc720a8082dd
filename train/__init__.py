"""Training: DA-LIF networks in PyTorch, quantisation-aware, exported as `hwgen.spec.Network`."""
