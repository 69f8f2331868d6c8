"""What a model is worth: metrics, intervals, slices, thresholds, the champion."""
