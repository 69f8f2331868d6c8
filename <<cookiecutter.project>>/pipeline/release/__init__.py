"""From a model that passed to a blessed image."""
