"""One page on the whole journey, the model card, and the summary of a change."""
