"""The models of one type on a shelf: the present one and those before it, each whole.

``models/<asset>/`` has the present model's files, ``models/<asset>/kept/<model>/`` those of each
model that is kept, the present one included once another was there. One rename of the manifest
makes another model the present one: a service that loads meanwhile finds the files of either
(``manifest.verified`` looks at both places), and so does whoever starts after a cut of power.
"""

import contextlib
import fcntl
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec

from contract.assets.words import Asset
from inference.classifier import history, refusals
from inference.classifier.history import Entry
from inference.classifier.manifest import KEPT, MANIFEST, Manifest, read
from inference.classifier.model import load
from inference.errors import ModelUnusable, NotOnShelf

BACKTEST: Final = "backtest.json"
NEXT: Final = "next"  # a model that was trained and waits to be taken
FORMER: Final = 3  # models, beside the present one
_LOCK: Final = ".lock"


class Verdict(msgspec.Struct, kw_only=True, frozen=True):
    """Of a ``backtest.json``: what was compared, when, and what was found worse."""

    made_at: str
    present: str | None
    next: str
    worse: tuple[str, ...]
    summary: str


State = Literal["present", "former", "waiting"]


class OnShelf(msgspec.Struct, kw_only=True, frozen=True):
    """One model that judges, has judged, or waits: what it is, and how it came."""

    model: str
    state: State
    trained_at: str
    source: str
    seed: int
    recipe: str
    verdicts: int
    macro_f1: float
    since: str | None  # it judged last; None: it never did, as far as is known
    how: str
    because: str
    backtest: Verdict | None


def present(directory: Path, *, asset: Asset) -> str | None:
    """The model that judges; None where there is none that can be served."""
    try:
        return load(directory, asset=asset).manifest.model
    except ModelUnusable:
        return None


def on_shelf(directory: Path, *, asset: str) -> list[OnShelf]:
    """The present model, those before it, the newest first, and one that waits to be taken."""
    entries: dict[str, Entry] = {}
    for entry in history.entries(directory):  # by when each began to judge last
        entries.pop(entry.model, None)
        entries[entry.model] = entry
    order = list(entries)
    found = [_described(directory, asset, entries, state="present")]
    name = found[0].model if found[0] is not None else None
    former = [path for path in _kept(directory) if path.name != name]
    former.sort(key=lambda path: order.index(path.name) if path.name in order else -1, reverse=True)
    found += [_described(path, asset, entries, state="former") for path in former]
    waiting = _described(directory / NEXT, asset, entries, state="waiting")
    if waiting is not None and waiting.model != name:  # one that was taken waits no more
        found.append(waiting)
    return [one for one in found if one is not None]


def _described(
    directory: Path, asset: str, entries: dict[str, Entry], *, state: State
) -> OnShelf | None:
    try:
        manifest = read(directory, asset=asset)
    except ModelUnusable:
        return None
    entry = entries.get(manifest.model)
    return OnShelf(
        model=manifest.model,
        state=state,
        trained_at=manifest.trained_at,
        source=manifest.source,
        seed=manifest.seed,
        recipe=manifest.recipe,
        verdicts=manifest.verdicts,
        macro_f1=round(manifest.macro_f1, 4),
        since=entry.since if entry else None,
        how=entry.how if entry else "",
        because=entry.because if entry else "",
        backtest=backtest(directory, manifest.model),
    )


def backtest(directory: Path, model: str) -> Verdict | None:
    """What a backtest said of the model in ``directory``; None: of another, or there was none."""
    try:
        found = msgspec.json.decode((directory / BACKTEST).read_bytes(), type=Verdict)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.next == model else None


def enter_first(directory: Path, manifest: Manifest) -> None:
    """A model was trained where there was none to compare it with."""
    history.enter(directory, Entry(model=manifest.model, since=history.now(), how="trained"))


def take(
    directory: Path,
    source: Path,
    *,
    asset: Asset,
    how: history.How = "taken",
    because: str = "",
    against: tuple[str, ...] = (),
) -> Entry:
    """Let the model in ``source`` judge from now on; what judged before is kept.

    Raises:
        ModelUnusable: it cannot be served; nothing has changed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _alone(directory):
        manifest = load(source, asset=asset).manifest
        before = _keep_present(directory, asset=asset)
        kept = directory / KEPT / manifest.model
        if source.resolve() != kept.resolve():
            _copy(source, kept, manifest)
        history.replace(directory / MANIFEST, (kept / MANIFEST).read_bytes())
        entry = Entry(
            model=manifest.model,
            since=history.now(),
            how=how,
            before=before,
            because=because,
            against=against,
        )
        history.enter(directory, entry)
        _show(kept, directory, manifest)
        _forget_oldest(directory, asset=asset.name)
        refusals.forget(directory)
        return entry


def put_back(directory: Path, *, asset: Asset, version: str | None, because: str) -> Entry:
    """Let a model judge again that did before; by default the one before the present.

    Raises:
        NotOnShelf: there is no such model; the text names those there are.
        ModelUnusable: it cannot be served any more; nothing has changed.
    """
    shelf = on_shelf(directory, asset=asset.name)
    former = [one.model for one in shelf if one.state == "former"]
    if version is None and former:
        version = former[0]
    if version not in former:
        raise NotOnShelf(_no_such(asset.name, version, former, shelf))
    return take(
        directory, directory / KEPT / str(version), asset=asset, how="put back", because=because
    )


def _no_such(asset: str, version: str | None, former: list[str], shelf: list[OnShelf]) -> str:
    if version is not None and any((one.model, one.state) == (version, "present") for one in shelf):
        return f"{version} is the model that judges {asset} now."
    if not former:
        return f"No model of {asset} is kept from before the present one."
    return f"No model {version} of {asset} is kept; there are {', '.join(former)}."


def _keep_present(directory: Path, *, asset: Asset) -> str | None:
    """A copy of what judges now; one that cannot be served is not worth it."""
    try:
        manifest = load(directory, asset=asset).manifest
    except ModelUnusable:
        return None
    kept = directory / KEPT / manifest.model
    if not (kept / MANIFEST).exists():
        _copy(directory, kept, manifest)
    return manifest.model


def _copy(source: Path, kept: Path, manifest: Manifest) -> None:
    """All files of a model, its manifest last: what has one is whole."""
    kept.mkdir(parents=True, exist_ok=True)
    (kept / MANIFEST).unlink(missing_ok=True)
    for name in (*manifest.files, BACKTEST, MANIFEST):
        if (source / name).exists():
            history.replace(kept / name, (source / name).read_bytes())


def _show(kept: Path, directory: Path, manifest: Manifest) -> None:
    """Report, card and all else where people look for them: beside the manifest."""
    for name in (*manifest.files, BACKTEST):
        if (kept / name).exists():
            history.replace(directory / name, (kept / name).read_bytes())
        else:
            (directory / name).unlink(missing_ok=True)


def _forget_oldest(directory: Path, *, asset: str) -> None:
    former = [one.model for one in on_shelf(directory, asset=asset) if one.state == "former"]
    judges = read(directory, asset=asset).model
    kept = {judges, *former[:FORMER]}
    for path in _kept(directory):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _kept(directory: Path) -> list[Path]:
    folder = directory / KEPT
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.exists() else []


@contextlib.contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One at a time puts something on the shelf."""
    with (directory / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
