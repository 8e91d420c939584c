"""How badly a machine's channels can be told from each other: an error a sensor, and its limit.

An autoencoder has learned from healthy machines alone to squeeze all channels through fewer numbers
and to tell them again. What breaks their relations cannot be told: the channels that come out wrong
say where to look. What it is shown of a window is the mean of each channel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import onnxruntime

from contract.assets.words import Channel, Derived
from contract.messages import Reason, Reconstruction
from inference.windows.features import FeatureArray, FloatArray

OUTPUT: Final = "variable"
_INPUT: Final = "X"
_FARTHEST: Final = 50.0  # deviations: what is further out is no further from the truth
_LEAST_WEIGHT: Final = 0.01
_ROUNDS: Final = 8  # until a channel that is replaced stays as it is told
_ONNXRUNTIME_ERRORS_ONLY: Final = 3

Rebuild = Callable[[FeatureArray], FeatureArray | FloatArray]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """Of N rows of C channels.

    Attributes:
        error: (N,) mean over ``channels``, as a share of the limit: from 1 on it is an anomaly.
        channels: (N, C) squared error of each in units of its usual one.
        expected: (N, C) what each was told as, in its own unit.
    """

    error: FloatArray
    channels: FloatArray
    expected: FloatArray


class Constants(msgspec.Struct, kw_only=True, frozen=True):
    """What stands beside the network: numbers of each channel, and the limit of the error.

    ``onnx`` is the SHA-256 of the network's file, so that a model is named after it as well.
    """

    centre: list[float]
    scale: list[float]
    spread: list[float]
    limit: float
    onnx: str = ""


class Autoencoder:
    """A network with its constants; ``rebuild`` maps scaled rows to scaled rows."""

    def __init__(self, constants: Constants, rebuild: Rebuild) -> None:
        self.constants = constants
        self._centre, self._scale = np.array(constants.centre), np.array(constants.scale)
        self._spread, self._limit = np.array(constants.spread), constants.limit
        self._rebuild = rebuild

    def score(self, rows: FloatArray) -> Scored:
        """What comes out of (N, C) ``rows``, in the channels' units, beside what goes in."""
        scaled = np.clip((rows - self._centre) / self._scale, -_FARTHEST, _FARTHEST)
        rebuilt = np.asarray(self._rebuild(scaled.astype(np.float32)), dtype=np.float64)
        told = rebuilt.reshape(rows.shape)  # skl2onnx makes one long column of several outputs
        channels = ((scaled - told) / self._spread) ** 2
        error: FloatArray = channels.mean(axis=1) / self._limit
        expected: FloatArray = told * self._scale + self._centre
        return Scored(error=error, channels=channels, expected=expected)

    def blamed(self, row: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(C,) each channel's share of the error of one row, and what the others make it.

        The errors themselves smear: what is squeezed wrongly comes out wrong everywhere. So each
        channel is replaced by what it is told as, until that stays, and to blame is the one whose
        replacement takes most of the error away.
        """
        width = len(row)
        own = np.arange(width)
        tried = np.tile(row, (width, 1))
        for _ in range(_ROUNDS):
            tried[own, own] = self.score(tried).expected[own, own]
        gone = np.maximum(self.score(row[np.newaxis]).error - self.score(tried).error, 0.0)
        return gone / max(float(gone.sum()), 1e-12), tried[own, own]


def loaded(constants: Constants, content: bytes) -> Autoencoder:
    """As it is served: by ONNX Runtime, in one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ONNXRUNTIME_ERRORS_ONLY
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def rebuild(rows: FeatureArray) -> FeatureArray:
        answer: FeatureArray = session.run([OUTPUT], {_INPUT: rows})[0]
        return answer

    return Autoencoder(constants, rebuild)


def told(
    autoencoder: Autoencoder, row: FloatArray, *, channels: Sequence[Channel | Derived]
) -> Reconstruction:
    """A row for a person: the error, and each sensor's share of it, the largest first."""
    shares, expected = autoencoder.blamed(row)
    order = np.argsort(-shares).tolist()
    return Reconstruction(
        error=round(float(autoencoder.score(row[np.newaxis]).error[0]), 3),
        sensors=[
            _sensor(channels[j], shares[j], value=row[j], expected=expected[j])
            for j in order
            if shares[j] >= _LEAST_WEIGHT
        ],
    )


def _sensor(channel: Channel | Derived, share: float, *, value: float, expected: float) -> Reason:
    places, unit = channel.decimals, f" {channel.unit}" if channel.unit != "1" else ""
    text = (
        f"{channel.title.lower()} is {value:.{places}f}{unit}, expected {expected:.{places}f}{unit}"
    )
    return Reason(channel=channel.name, weight=round(float(share), 2), text=text)
