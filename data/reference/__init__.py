"""Reference data: files with dates and sources, their readers, and their loading."""
