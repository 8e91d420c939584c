"""A trained model: windows in, predictions out. Knows no web and unpickles nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import onnxruntime

from contract.assets.words import CERTAIN, NORMAL, UNKNOWN, Asset, Fault
from contract.messages import Prediction, Reconstruction
from contract.window import SLOWEST_PERIOD_MS, TOO_SLOW, not_judged
from inference.classifier import autoencoder, repeats
from inference.classifier.autoencoder import Autoencoder, Scored
from inference.classifier.envelope import UNKNOWN_FROM, from_shares
from inference.classifier.explain import Explainer
from inference.classifier.manifest import (
    AUTOENCODER,
    BASELINE,
    ONNX,
    Baseline,
    Manifest,
    model_name,
    read,
    verified,
)
from inference.errors import ModelUnusable
from inference.windows import features, kinds
from inference.windows.features import FeatureArray, FloatArray, LabelArray, MaskArray, Windows
from inference.windows.inputs import inputs_of

Probabilities = Callable[[FeatureArray], FloatArray | FeatureArray]

# Nepers: e to the -12 is six in a million repeats. Healthy machines behind the boards' drivers stay
# below in 9,999 of 10,000 windows (measured at 0.2, 1 and 5 Hz).
_LEAST_SURPRISE: Final = 12.0
_ALMOST: Final = CERTAIN - 0.01
_SPARE: Final = 0.2  # of what 98 in 100 healthy readings keep to, on either side of it
_MOST_REASONS: Final = 3
_FEW: Final = 4  # readings: fewer show neither a trend nor a value that repeats
_FEW_ADVICE: Final = (
    "{advice}, as far as {readings}: a trend, spikes or a stuck sensor need " + f"{_FEW}."
)
_INPUT: Final = "X"
_OUTPUT: Final = "probabilities"
_ONNXRUNTIME_ERRORS_ONLY: Final = 3


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """For B windows: the class chosen (the number of classes = unknown), how sure, how far out."""

    chosen: LabelArray
    confidence: FloatArray
    anomaly: FloatArray
    features: FeatureArray
    rebuilt: Scored | None = None  # where the type has an autoencoder


class Model:
    """One asset type's classifier, anomaly score and explanations."""

    def __init__(
        self,
        *,
        asset: Asset,
        manifest: Manifest,
        baseline: Baseline,
        probabilities: Probabilities,
        autoencoder: Autoencoder | None = None,
    ) -> None:
        self.asset = asset
        self.autoencoder = autoencoder
        self.manifest = manifest
        self._probabilities = probabilities
        self.envelope = baseline.envelope
        self.inputs = inputs_of(asset)
        self._low, self._high = _reach(baseline)
        self._explainer = Explainer(
            baseline.usual,
            channels=self.inputs.channels,
            others=kinds.beyond(self.inputs),
            titles=self.inputs.titles,
        )
        told = self._explainer.told_by_repeats
        self._is_told_by_repeats = np.isin(np.arange(len(manifest.classes) + 1), told)
        self._answers = [_answer(asset.fault(name)) for name in (*manifest.classes, UNKNOWN)]

    def judge(self, windows: Windows) -> Verdicts:
        """Classify each window; only its newest part counts, as ``contract.window`` has it."""
        cut = windows.newest(least_span_ms=round(1000 * self.manifest.window_s))
        if self.inputs.spacing_ms is not None:
            cut = cut.spaced(self.inputs.spacing_ms)
        found = kinds.extract(cut, self.inputs)
        probabilities = self._probabilities(found)
        evidence = repeats.evidence(found, low=self._low, high=self._high)
        likeliest = probabilities.argmax(axis=1)
        is_of_repeats = evidence is not None or self._is_told_by_repeats[likeliest].any()
        if is_of_repeats:  # seldom
            likeliest = self._judge_repeats(probabilities, cut, found, evidence)
        anomaly = self.envelope.scores(found)
        rebuilt = self.rebuilt(found)
        if rebuilt is not None:  # a class that is known breaks relations as well
            strange = np.where(likeliest == 0, from_shares(rebuilt.error), 0.0)
            anomaly = np.maximum(anomaly, strange)
        unknown = anomaly >= UNKNOWN_FROM
        chosen = np.where(unknown, len(self.manifest.classes), likeliest)
        confidence = np.where(unknown, anomaly, probabilities.max(axis=1))
        if is_of_repeats:
            self._weigh_repeats(chosen, confidence, evidence)
        return Verdicts(
            chosen=chosen,
            confidence=confidence,
            anomaly=anomaly,
            features=found,
            rebuilt=rebuilt,
        )

    def rebuilt(self, found: FeatureArray) -> Scored | None:
        """What the autoencoder makes of features; a few readings are no anomaly by it.

        None: the type has none.
        """
        if self.autoencoder is None:
            return None
        scored = self.autoencoder.score(self.means(found))
        counts = found[:, -len(features.OF_WINDOW)]
        scored.error[counts < _FEW] = 0.0
        return scored

    def means(self, found: FeatureArray) -> FloatArray:
        """(B, C) of each channel over the window: what the autoencoder is shown."""
        mean = features.column(found, "mean", channels=len(self.inputs.channels))
        return mean.astype(np.float64)

    def _judge_repeats(
        self,
        probabilities: FloatArray | FeatureArray,
        windows: Windows,
        found: FeatureArray,
        evidence: FloatArray | None,
    ) -> LabelArray:
        """The likeliest class of each window by ``probabilities``, once chance is weighed in."""
        self._doubt_repeats(probabilities, windows, found)
        if evidence is not None:
            self._insist(probabilities, evidence)
        likeliest: LabelArray = probabilities.argmax(axis=1)
        return likeliest

    def _insist(self, probabilities: FloatArray | FeatureArray, evidence: FloatArray) -> None:
        """What cannot be chance is a stuck sensor, though its value is one the forest knows."""
        rows = np.flatnonzero(evidence >= repeats.OVERWHELMING)
        told = self._explainer.told_by_repeats
        if len(rows) and len(told):
            likeliest = told[probabilities[np.ix_(rows, told)].argmax(axis=1)]
            probabilities[rows] = 0.0
            probabilities[rows, likeliest] = 1.0

    def _weigh_repeats(
        self, chosen: LabelArray, confidence: FloatArray, evidence: FloatArray | None
    ) -> None:
        """A stuck sensor is certain where forest and chance say so, and only there."""
        told = np.flatnonzero(self._is_told_by_repeats[chosen])
        if len(told):
            strong = evidence is not None and evidence[told] >= repeats.STRONG
            forest = confidence[told]
            confidence[told] = np.where(
                strong, np.maximum(forest, CERTAIN), np.minimum(forest, _ALMOST)
            )

    def _doubt_repeats(
        self, probabilities: FloatArray | FeatureArray, windows: Windows, found: FeatureArray
    ) -> None:
        """A repeat that chance makes every day is no stuck sensor, nor are two equal readings.

        Where nothing is remembered a window shows no more than it can, and the forest decides.
        """
        remembered: MaskArray = np.zeros(len(windows), dtype=np.bool_)
        if windows.holds is not None:
            remembered = np.logical_not(np.isnan(windows.holds).any(axis=(1, 2)))
        surprise = features.column(found, "surprise", channels=len(self._low))
        usual = surprise.max(axis=1) < _LEAST_SURPRISE
        doubted = np.where(remembered, usual, windows.counts < _FEW)
        if doubted.any():
            probabilities[np.ix_(doubted, self._explainer.told_by_repeats)] = 0.0

    def predict(self, windows: Windows) -> list[Prediction]:
        """One prediction a window, in order, with reasons."""
        verdicts = self.judge(windows)
        columns = zip(
            verdicts.chosen.tolist(),
            verdicts.confidence.round(4).tolist(),
            verdicts.anomaly.round(4).tolist(),
            self._explainer.reasons(verdicts.features, verdicts.chosen),
            strict=True,
        )
        found = []
        for chosen, confidence, anomaly, (reasons, channel) in columns:
            code, label, fault, severity, advice = self._answers[chosen]
            found.append(
                Prediction(
                    fault_code=code,
                    fault_label=label,
                    fault=fault,
                    confidence=confidence,
                    severity=severity,
                    advice=advice,
                    reasons=reasons,
                    anomaly_score=anomaly,
                    model=self.manifest.model,
                    channel=channel,
                )
            )
        self._say_what_does_not_fit(found, verdicts)
        self._be_honest(found, verdicts.features[:, -len(features.OF_WINDOW) :])
        return found

    def _say_what_does_not_fit(self, found: list[Prediction], verdicts: Verdicts) -> None:
        """The error of each sensor; of what is unknown by it, that is the reason."""
        rebuilt = verdicts.rebuilt
        if rebuilt is None or self.autoencoder is None:
            return
        means = self.means(verdicts.features)
        for at, error in enumerate(rebuilt.error.tolist()):
            told = Reconstruction(error=round(error, 3), sensors=[])
            if error >= 1.0:
                told = autoencoder.told(self.autoencoder, means[at], channels=self.inputs.channels)
                if found[at].fault == UNKNOWN:
                    found[at].reasons = told.sensors[:_MOST_REASONS]
            found[at].reconstruction = told

    def _be_honest(self, found: list[Prediction], of_windows: FeatureArray) -> None:
        """Say no more than so few, or so rare, readings show."""
        for index, (count, period_s) in enumerate(of_windows.tolist()):
            if count < _FEW:
                found[index].reconstruction = None
            if count < _FEW and found[index].fault == NORMAL:
                found[index].confidence = min(found[index].confidence, self.manifest.normal_alone)
                found[index].advice = _FEW_ADVICE.format(
                    advice=found[index].advice.rstrip("."),
                    readings=f"{count:.0f} reading{'s' if count > 1 else ''} show"
                    f"{'s' if count == 1 else ''}",
                )
            if period_s > SLOWEST_PERIOD_MS / 1000:
                found[index] = not_judged(TOO_SLOW, model=self.manifest.model)


def _reach(baseline: Baseline) -> tuple[FloatArray, FloatArray]:
    """(C,) and (C,): what a healthy machine of the type can show at least and at most."""
    bands = np.stack((baseline.usual_low, baseline.usual_high))
    low, high = features.column(bands, "last", channels=len(baseline.range_unit))
    spare = _SPARE * (high - low)
    return low - spare, high + spare


def _answer(fault: Fault) -> tuple[int, str, str, str, str]:
    """The fields of a prediction that its class determines."""
    return fault.code, fault.label, fault.name, fault.severity, fault.advice


def load(directory: Path, *, asset: Asset) -> Model:
    """The model of ``asset`` in ``directory``, once its files have the manifest's hashes.

    Raises:
        ModelUnusable: it is missing, altered, or of another version or catalogue.
    """
    manifest = read(directory, asset=asset.name)
    onnx = verified(directory, ONNX, manifest)
    baseline = verified(directory, BASELINE, manifest)
    if manifest.model != model_name(asset.name, onnx=onnx, baseline=baseline):
        raise ModelUnusable(f"The manifest in {directory} names another model than it holds.")
    _check_fits(manifest, asset)
    decoded = msgspec.json.decode(baseline, type=Baseline)
    return Model(
        asset=asset,
        manifest=manifest,
        baseline=decoded,
        probabilities=onnx_probabilities(onnx),
        autoencoder=_autoencoder(directory, manifest, decoded),
    )


def _autoencoder(directory: Path, manifest: Manifest, baseline: Baseline) -> Autoencoder | None:
    if baseline.autoencoder is None:
        return None
    return autoencoder.loaded(baseline.autoencoder, verified(directory, AUTOENCODER, manifest))


def onnx_probabilities(content: bytes) -> Probabilities:
    """The forest's class probabilities, computed by ONNX Runtime.

    One thread: a batch of the gateway is a few dozen microseconds, less than waking a second one.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ONNXRUNTIME_ERRORS_ONLY
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def probabilities(rows: FeatureArray) -> FeatureArray:
        answer: FeatureArray = session.run([_OUTPUT], {_INPUT: rows})[0]
        return answer

    return probabilities


def _check_fits(manifest: Manifest, asset: Asset) -> None:
    known = {fault.name for fault in asset.classes}
    if (
        manifest.channels != asset.columns
        or manifest.features != kinds.names(inputs_of(asset))
        or not known.issuperset(manifest.classes)
    ):
        raise ModelUnusable(
            f"Model {manifest.model} was trained for other channels, features or faults than "
            f"{asset.name!r} has now: run `python -m inference train --asset {asset.name}`."
        )
