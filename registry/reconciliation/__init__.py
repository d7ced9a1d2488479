"""Books against books: traces, statements, breaks, invariants."""
