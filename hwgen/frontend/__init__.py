"""Front ends: files of other programs -> `hwgen.spec.Network`."""
