"""The command line: one file per group of commands, found by itself.

A module of this package with a function ``commands(app)`` adds its commands. Modules import nothing heavy at
the top: ``./ningtu --help`` must answer at once.
"""
