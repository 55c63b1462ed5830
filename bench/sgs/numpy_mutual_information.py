"""Baseline of bench:mutual-information: the paper's way to measure a 3×3 scaling, with NumPy's histograms, one channel and
one displacement after the other. Told the size of a feature map on standard input (`N C H W way`), it measures the map of
that size and answers with the seconds it took. Ways: `histogram2d`, NumPy's own joint histogram, and `bincount`, the
fastest that can be written in NumPy."""

import json
import math
import sys
import time

import numpy as np


def histogram2d(first: np.ndarray, second: np.ndarray, bins: int) -> np.ndarray:
    ranges = [(values.min(), values.max() + 1e-12) for values in (first, second)]
    return np.histogram2d(first, second, bins=bins, range=ranges)[0]


def bincount(first: np.ndarray, second: np.ndarray, bins: int) -> np.ndarray:
    cells = None
    for values in (first, second):
        low, high = values.min(), values.max()
        scale = np.float32(bins / max(float(high) - float(low), 1e-12))
        index = np.minimum(((values - low) * scale).astype(np.int32), bins - 1)
        cells = index if cells is None else cells * bins + index
    return np.bincount(cells, minlength=bins * bins).reshape(bins, bins).astype(np.float64)


WAYS = {"histogram2d": histogram2d, "bincount": bincount}


def entropy(counts: np.ndarray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return -float(np.sum(shares * np.log2(shares)))


def scaling(feature: np.ndarray, histogram, k: float = 5.0) -> np.ndarray:
    padded = np.pad(feature, ((0, 0), (0, 0), (1, 1), (1, 1)))
    channels, height, width = padded.shape[1:]
    found = np.ones((channels, 3, 3))
    for channel in range(channels):
        for down, right in ((0, 1), (1, -1), (1, 0), (1, 1)):
            left = max(0, -right)
            end = width - max(0, right)
            plane = padded[:, channel]
            first = plane[:, : height - down, left:end].ravel()
            second = plane[:, down:, left + right : end + right].ravel()
            joint = histogram(first, second, 1 + math.ceil(math.log2(first.size)))
            together = entropy(joint)
            information = entropy(joint.sum(axis=0)) + entropy(joint.sum(axis=1)) - together
            share = information / together if together > 0 else float("nan")
            odds = k * share / ((k - 1) * share + 1)
            found[channel, 1 + down, 1 + right] = found[channel, 1 - down, 1 - right] = odds
    mean = np.nanmean(found, axis=0)
    return mean / mean.mean()


def feature_map(dims: tuple[int, ...]) -> np.ndarray:
    """Smooth noise after ReLU."""
    noise = np.random.RandomState(0).standard_normal(dims).astype(np.float32)
    return np.maximum(noise + 0.8 * np.roll(noise, 1, 2) + 0.5 * np.roll(noise, 1, 3), 0)


def main() -> None:
    print(json.dumps({"numpy": np.__version__}), flush=True)
    maps: dict[tuple[int, ...], np.ndarray] = {}
    for line in sys.stdin:
        *lengths, way = line.split()
        dims = tuple(int(length) for length in lengths)
        feature = maps.setdefault(dims, feature_map(dims))
        start = time.perf_counter()
        scaling(feature, WAYS[way])
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
