"""The region in which real rows lie: near a real row, in the space of the features."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from pipeline.mocks.settings import Params

SAMPLE = 5000  # real rows whose nearest neighbours set the region's radius, in a larger table


class Region:
    """The region of the real rows' `features` (n, features).

    `radius` is the `region_quantile` of the distances between each real row and the nearest other
    one; a row within that distance of any real row lies in the region.
    """

    def __init__(self, features: np.ndarray, settings: Params):
        self._real, self._squares = features, np.einsum("ij,ij->i", features, features)
        sample = features
        if len(features) > SAMPLE:
            order = np.random.default_rng(settings.seed).permutation(len(features))
            sample = features[order[:SAMPLE]]
        count = min(2, len(features))  # the nearest neighbour of a real row is the row itself
        neighbours = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(features)
        distances, _ = neighbours.kneighbors(sample)
        self.radius = float(np.quantile(distances[:, -1], settings.region_quantile))

    def distances(self, features: np.ndarray) -> np.ndarray:
        """Return the distance (m,) of each row of `features` (m, features) from the real rows."""
        # |x - y|² = |x|² - 2xy + |y|²; rounding can turn the 0 of equal rows slightly negative.
        squares = [(self._squares - 2 * (self._real @ row)).min() + row @ row for row in features]
        return np.sqrt(np.maximum(squares, 0))

    def holds(self, features: np.ndarray) -> np.ndarray:
        """Return for each row of `features` (m, features) whether it lies in the region."""
        return self.distances(features) <= self.radius
