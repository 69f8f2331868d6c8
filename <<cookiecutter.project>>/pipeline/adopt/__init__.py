"""Taking in a table of your own."""
