"""Proposed fixes of findings: what would be done to which parcel, checked before it is offered."""
