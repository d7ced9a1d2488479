"""Rules on the register as it stands, asked at night: what registration guards must still hold."""
