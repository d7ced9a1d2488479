"""The way in: HTTP routes, sign-in, command line, wiring."""
