"""The inference service with scikit-learn's ``predict_proba`` in place of ONNX Runtime.

``python -m bench.sklearn_service``: the peer of ``bench.inference``. Same forest, features,
checks and HTTP; settings as of ``python -m inference serve``.
"""

import io

import joblib
import msgspec
import uvicorn

from contract import assets
from inference.classifier.manifest import BASELINE, JOBLIB, Baseline, read, verified
from inference.classifier.model import Model
from inference.serving.app import create_app
from inference.serving.registry import Registry
from inference.settings import Settings


class SklearnRegistry(Registry):
    """The trained forests themselves, unpickled."""

    def _load(self, name: str) -> Model:
        directory = self._directory / name
        manifest = read(directory, asset=name)
        forest = joblib.load(io.BytesIO(verified(directory, JOBLIB, manifest)))
        baseline = verified(directory, BASELINE, manifest)
        return Model(
            asset=assets.get(name),
            manifest=manifest,
            baseline=msgspec.json.decode(baseline, type=Baseline),
            probabilities=forest.predict_proba,
        )


def main() -> None:
    settings = Settings()
    app = create_app(SklearnRegistry(settings.models_dir), settings=settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.inference_port,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=600,
    )


if __name__ == "__main__":
    main()
