"""What the model is: its features, its estimators, its metrics. This folder is yours."""
