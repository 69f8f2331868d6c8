"""The server and batch prediction."""
