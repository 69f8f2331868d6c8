"""Gates of unit tests: on the features and on the model."""
