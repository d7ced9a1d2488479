"""Electronic bills: numbers, files, verification, red bills; and loading of past payments."""
