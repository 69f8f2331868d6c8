"""`make update`: merges a newer version of the template into the project, by git."""
