"""The commands of ``python -m hwgen``, by what they do; each module lists its own in ``COMMANDS``."""
