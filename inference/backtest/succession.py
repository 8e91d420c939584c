"""Who judges next: a model is taken by the backtest's word, or for a reason a person states."""

from pathlib import Path

from contract.assets.words import Asset
from inference.classifier import shelf
from inference.classifier.history import Entry
from inference.classifier.manifest import read
from inference.errors import NotTaken


def take(directory: Path, source: Path, *, asset: Asset, because: str = "") -> Entry:
    """Let the model in ``source`` judge ``asset`` from now on.

    Raises:
        NotTaken: the backtest found it worse, or there was none against the present model, and
            nobody says why it is to be taken all the same.
        ModelUnusable: it cannot be served.
    """
    present = shelf.present(directory, asset=asset)
    manifest = read(source, asset=asset.name)
    if manifest.model == present:
        raise NotTaken(f"{present} is the model that judges {asset.name} already.")
    found = shelf.backtest(source, manifest.model)
    against: tuple[str, ...] = ()
    if present is not None:
        against = _against(found, present)
    if against and not because.strip():
        raise NotTaken(_refusal(manifest.model, asset, source, against))
    reason = because.strip() or (found.summary if found is not None else "")
    return shelf.take(directory, source, asset=asset, because=reason, against=against)


def _against(found: shelf.Verdict | None, present: str) -> tuple[str, ...]:
    if found is None or found.present != present:
        return (f"no backtest has compared it with {present}",)
    return found.worse


def _refusal(model: str, asset: Asset, source: Path, against: tuple[str, ...]) -> str:
    text = f"{model} is not taken: {'; '.join(against)}. "
    if any(each.startswith("no backtest") for each in against):
        text += (
            f"`python -m inference backtest --asset {asset.name} --next {source}` compares them. "
        )
    return text + (
        f"To take it all the same: `python -m inference take --asset {asset.name} {source} "
        '--because "…"`.'
    )
