"""Faults of the register that surveyors report, each a case of its own against the register."""
