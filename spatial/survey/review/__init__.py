"""Review of survey results: answers to findings, decisions, the second reviewer."""
