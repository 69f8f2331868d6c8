"""A few made-up rows that stand for many real ones."""
