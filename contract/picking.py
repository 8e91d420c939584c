"""Names in; the function out that picks their values of a mapping, in order, in one call. Pure."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any


def picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """The function raises KeyError where one is not among them."""
    if len(names) > 1:
        return itemgetter(*names)
    if not names:
        return lambda _: ()
    return lambda values: (values[names[0]],)
