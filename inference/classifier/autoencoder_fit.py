"""Rows of healthy machines become an autoencoder; exported to ONNX, and the two compared.

scikit-learn's ``MLPRegressor`` told to give back what it is given, exported by skl2onnx: both are
here for the forest already. A network of some 300 weights needs no torch, which would be more than
all the rest of the installation together.
"""

import warnings
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from inference.classifier.autoencoder import Autoencoder, Constants, Scored, loaded
from inference.classifier.manifest import sha256
from inference.errors import ExportFailed, NotLearned
from inference.windows.features import FloatArray

LIBRARY: Final = "scikit-learn MLPRegressor, exported by skl2onnx, served by ONNX Runtime"

_SQUEEZED: Final = 0.6  # of the channels: so many numbers they are squeezed through
_WIDER: Final = 2  # are the layers before and after
_DECAY: Final = 0.1
_MOST_STEPS: Final = 400
_FITTED_SHARE: Final = 0.7  # of rows of which none are held out; the later ones set the limit
_LEAST_ROWS: Final = 50
_QUANTILE: Final = 0.998
_MARGIN: Final = 1.2  # windows of one machine resemble each other, and 30 are not all there are
# Single precision: errors are compared with the limit, which is about 1.
_TOLERANCE: Final = 1e-3


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """An autoencoder as scikit-learn has it."""

    autoencoder: Autoencoder
    network: MLPRegressor
    held_out: FloatArray  # what set its limit

    @property
    def shape(self) -> tuple[int, ...]:
        """Units of its layers, those of input and output included."""
        width = self.network.n_features_in_
        return (width, *self.network.hidden_layer_sizes, width)

    def score(self, rows: FloatArray) -> Scored:
        """Of (N, C) ``rows`` the error of each, 1 being the limit, and that of each channel."""
        return self.autoencoder.score(rows)


def fit(
    rows: FloatArray,
    *,
    held_out: FloatArray | None = None,
    quantile: float = _QUANTILE,
    margin: float = _MARGIN,
    seed: int = 0,
) -> Fitted:
    """Learn what healthy rows are like.

    Args:
        rows: (N, C) in order of time, all of them healthy.
        held_out: others, which set the limit; None: the last three tenths of ``rows`` do.
        quantile: the share of these that keeps to the limit,
        margin: that is taken so many times.
        seed: of the weights that it begins with.

    Raises:
        NotLearned: there are too few rows, or one is no finite number.
    """
    if held_out is None:
        cut = round(_FITTED_SHARE * len(rows))
        rows, held_out = rows[:cut], rows[cut:]
    if len(rows) < _LEAST_ROWS or not len(held_out):
        raise NotLearned(
            f"An autoencoder needs {_LEAST_ROWS} healthy rows to learn from and others to set "
            f"its limit; there are {len(rows)} and {len(held_out)}."
        )
    if not (np.isfinite(rows).all() and np.isfinite(held_out).all()):
        raise NotLearned("An autoencoder learns from finite numbers only: leave out gaps.")
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    network = _network((rows - centre) / scale, seed=seed)
    rough = Constants(
        centre=centre.tolist(), scale=scale.tolist(), spread=[1.0] * len(scale), limit=1.0
    )
    usual = np.sqrt(Autoencoder(rough, network.predict).score(held_out).channels.mean(axis=0))
    told = msgspec.structs.replace(rough, spread=(usual + 1e-3).tolist())
    errors = Autoencoder(told, network.predict).score(held_out).error
    limit = float(np.quantile(errors, quantile)) * margin
    constants = msgspec.structs.replace(told, limit=limit)
    autoencoder = Autoencoder(constants, network.predict)
    return Fitted(autoencoder=autoencoder, network=network, held_out=held_out)


def _network(scaled: FloatArray, *, seed: int) -> MLPRegressor:
    width = scaled.shape[1]
    outer, inner = width + _WIDER, max(1, round(_SQUEEZED * width))
    network = MLPRegressor(
        hidden_layer_sizes=(outer, inner, outer),
        activation="tanh",
        solver="lbfgs",  # of so few weights it is the fastest, and needs no rate to be tuned
        alpha=_DECAY,
        max_iter=_MOST_STEPS,
        max_fun=2 * _MOST_STEPS,
        random_state=seed,
    )
    with warnings.catch_warnings():  # it gets so many steps, and what comes of them is tested
        warnings.simplefilter("ignore", ConvergenceWarning)
        return network.fit(scaled, scaled if width > 1 else scaled[:, 0])


def export(fitted: Fitted) -> tuple[bytes, Constants]:
    """The network as ONNX, and what stands beside it.

    Raises:
        ExportFailed: an error of what was held out differs by more than a thousandth.
    """
    from skl2onnx import to_onnx  # noqa: PLC0415  (whoever only scores needs none of it)

    held_out = fitted.held_out
    graph = to_onnx(fitted.network, held_out[:1].astype(np.float32))
    content: bytes = graph.SerializeToString()
    constants = msgspec.structs.replace(fitted.autoencoder.constants, onnx=sha256(content))
    served = loaded(constants, content)
    trained = fitted.score(held_out).error
    difference = float((np.abs(served.score(held_out).error - trained) / (1.0 + trained)).max())
    if difference > _TOLERANCE:
        raise ExportFailed(
            f"The exported autoencoder differs from the trained one by up to {difference:.1e}."
        )
    return content, constants
