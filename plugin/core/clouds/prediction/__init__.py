"""From a scene to probabilities of cloud and shadow."""
