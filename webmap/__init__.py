"""What people see: pages, map styles, scripts."""
