"""Deploying what was blessed, and watching it."""
