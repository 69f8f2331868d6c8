"""Seeded bottom-k sampling of a stream of rows, in bounded memory; keeps their order.

Each row has a rank, a pseudo-random number made of the seed and the row's number (or its group's
name, so that groups stay whole); the rows of the lowest ranks are kept (Cohen & Kaplan, 2007). So
the sample depends neither on how the stream is cut into frames nor on its length.
"""

import numpy as np
import pandas as pd


class Sample:
    """A sample of at most `most` rows of the frames that are added.

    `group` names the column of the groups that are kept or left out as a whole.
    """

    def __init__(self, most: int, seed: int, group: str | None = None):
        self.most, self.seed, self.group = most, seed, group
        self._limit = np.uint64(2**64 - 1)  # rows of this rank or above are left out
        self._frames: list[pd.DataFrame] = []
        self._ranks: list[np.ndarray] = []
        self._held = 0

    def add(self, frame: pd.DataFrame) -> None:
        """Add rows; the index is their number, and rises from frame to frame."""
        ranks = self._ranks_of(frame)
        inside = ranks < self._limit
        self._frames.append(frame if inside.all() else frame[inside])
        self._ranks.append(ranks[inside])
        self._held += int(inside.sum())
        if self._held > self.most + self.most // 2:
            self._shrink()

    def rows(self) -> pd.DataFrame:
        """Return the sample in the rows' order: all rows where there are at most `most`."""
        self._shrink()
        return self._frames[0] if len(self._frames) == 1 else pd.concat(self._frames)

    def _ranks_of(self, frame: pd.DataFrame) -> np.ndarray:
        if self.group is None:
            return mixed(frame.index.to_numpy("uint64"), self.seed)
        names = pd.util.hash_pandas_object(frame[self.group], index=False).to_numpy("uint64")
        return mixed(names, self.seed)

    def _shrink(self) -> None:
        """Lower the limit until at most `most` rows are below it."""
        if self._held <= self.most:
            return
        ranks = np.sort(np.concatenate(self._ranks))
        self._limit = ranks[self.most]  # rows of equal rank are all kept or all left out
        inside = [of < self._limit for of in self._ranks]
        self._frames = [
            frame[keep] for frame, keep in zip(self._frames, inside, strict=True) if keep.any()
        ] or [self._frames[0].iloc[:0]]
        self._ranks = [of[keep] for of, keep in zip(self._ranks, inside, strict=True) if keep.any()]
        self._held = sum(map(len, self._ranks))


def mixed(numbers: np.ndarray, seed: int) -> np.ndarray:
    """Return a number in [0, 2**64) for each of `numbers` that looks drawn at random.

    The finalizer of SplitMix64 (Steele, Lea & Flood, 2014), one to one for each seed.
    """
    with np.errstate(over="ignore"):
        value = numbers + np.uint64((seed + 1) % 2**64) * np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))
