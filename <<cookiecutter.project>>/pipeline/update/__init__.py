"""`make update`: git merges what the template has learned since the project was made from it."""
