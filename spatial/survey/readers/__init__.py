"""Readers of foreign survey files; everything that parses runs in a child process with limits."""
