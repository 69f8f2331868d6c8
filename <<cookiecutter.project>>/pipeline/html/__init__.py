"""Self-contained HTML pages with their figures."""
