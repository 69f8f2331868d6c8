"""Deploying a blessed image, and monitoring what it predicts."""
