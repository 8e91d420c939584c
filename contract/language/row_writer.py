"""A type's sums in, the source of the functions that add a row to them out.

``add`` takes a row that holds all there is to integrate, after one that did, in a straight line.
Every other row goes to ``part``, which looks at each input alone: a channel is integrated between
its own readings, a state or a counter keeps what it was. On rows that hold all, both do the same.
"""

from typing import Final

from contract.language import layout as keys
from contract.language.algebra import truth, value
from contract.language.code import SLACK_MS
from contract.language.layout import Series, inputs
from contract.language.rule_writer import RuleWriter
from contract.language.tree import Reduced, Signal
from contract.language.variables import Lines, Variables, indented

NEVER_MS: Final = -(2**62)  # further back than any gap is long
_HALF_MS_IN_S: Final = 0.0005  # (x1 + x2) / 2 times ms, in s
_MS_IN_S: Final = 0.001


class RowWriter:
    """Writes ``part`` and ``add`` of one type."""

    def __init__(self, variables: Variables) -> None:
        self._v = variables
        self._words = variables.words
        self._layout = variables.layout
        self._rules = RuleWriter(variables)

    def source(self) -> Lines:
        yield from self._part()
        yield from self._add()

    # ------------------------------------------------------------ a row that holds all

    def _add(self) -> Lines:
        yield "def add(m, p, t, row, measured):"
        yield f"    [{self._v.some('s', self._v.row)}] = row"
        yield f"    {self._v.slot(keys.ROWS)} += 1"
        for series in self._layout.series:
            yield from indented(self._statistics(series))
        yield f"    t0, own, {self._before()}= p"
        yield f"    u = {self._v.known('s', self._v.remembered)}"
        yield "    if own is None and u == u:"
        yield "        if measured:"
        yield "            d = t - t0"
        yield f"            {self._v.slot(keys.FULL_MS)} += d"
        yield from indented(self._interval("s"), 3)
        yield from indented(self._rules.interval(), 3)
        yield "        else:"
        yield f"            {self._v.slot(keys.GAP_MS)} += t - t0"
        for node in self._layout.named("increase"):
            yield from indented(self._increase(node, "t - t0"), 2)
        for node in self._layout.named("entries"):
            yield from indented(self._entries(node, "s"), 2)
        yield f"        return (t, None, {self._after('s')})"
        yield "    return part(m, p, t, row, measured)"

    def _statistics(self, series: Series) -> Lines:
        node = series.node
        if isinstance(node, Signal):
            x, is_known = self._v.one("s", node.name), "{0} == {0}"
        else:
            x, is_known = "x", "{0} - {0} == 0.0"
            yield f"u = {self._v.known_inputs('s', node)}"
            yield f"x = {value(node, self._v.at('s'))} if u == u else nan"
        absent, least, total, greatest = map(self._v.slot, series.keys)
        yield f"if {is_known.format(x)}:"
        yield f"    {total} += {x}"
        yield f"    if {x} < {least}: {least} = {x}"
        yield f"    if {x} > {greatest}: {greatest} = {x}"
        if series.origin is not None:
            yield f"    x = {x} - ({series.origin!r})"
            yield f"    {self._v.slot(series.squares)} += x * x"
        yield f"else: {absent} += 1"

    def _interval(self, prefix: str, group: frozenset[str] | None = None) -> Lines:
        """What an interval of ``d`` milliseconds adds; of one group of inputs, or of all."""
        for node in self._layout.named("integral", "time"):
            if group is None or inputs(node.args[0]) == group:
                yield from (
                    self._integral(node, prefix)
                    if node.function == "integral"
                    else self._time(node, prefix)
                )

    def _integral(self, node: Reduced, prefix: str) -> Lines:
        of = node.args[0]
        start, slot = value(of, self._v.at("p")), self._v.slot(str(node))
        if all(map(self._words.is_step, inputs(of))):
            area = f"{start} * d * {_MS_IN_S!r}"
        else:
            area = f"({start} + {value(of, self._v.at_end(prefix))}) * d * {_HALF_MS_IN_S!r}"
        lost = keys.lost_key(node)
        if lost is None:
            yield f"{slot} += {area}"
            return
        yield f"x = {area}"
        yield f"if x - x == 0.0: {slot} += x"
        yield f"else: {self._v.slot(lost)} += d"

    def _time(self, node: Reduced, prefix: str) -> Lines:
        yield f"if {truth(node.args[0], self._v.at_end(prefix))}: {self._v.slot(str(node))} += d"

    def _increase(self, node: Reduced, elapsed: str) -> Lines:
        name = str(node.args[0])
        counter = self._words.counters[name]
        now, before = self._v.one("s", name), self._v.one("p", name)
        per_ms = None if counter.max_rate is None else counter.max_rate * _MS_IN_S
        plain = "x >= 0.0"
        if per_ms is not None:
            plain += f" and x <= {per_ms!r} * ({elapsed} + {SLACK_MS})"
        yield f"x = {now} - {before}"
        yield f"if {plain}: {self._v.slot(str(node))} += x"
        wraps_at = None if counter.wraps_at is None else float(counter.wraps_at)
        given = f"{now}, {before}, {elapsed}, {wraps_at!r}, {per_ms!r}"
        yield f"else: {self._v.slot(str(node))} += grown({given})"

    def _entries(self, node: Reduced, prefix: str) -> Lines:
        is_now, was = truth(node.args[0], self._v.at(prefix)), truth(node.args[0], self._v.at("p"))
        yield f"if ({is_now}) and not ({was}): {self._v.slot(str(node))} += 1"

    # ------------------------------------------------------------ a row that holds less

    def _part(self) -> Lines:
        yield "def part(m, p, t, row, measured):"
        yield f"    [{self._v.some('s', self._v.row)}] = row"
        yield f"    {self._v.slot(keys.PARTS)} += 1"
        yield f"    t0, own, {self._before()}= p"
        if self._v.timed:
            yield f"    if own is None: own = (t0,) * {len(self._v.timed)}"
            yield f"    {self._v.some('o', self._v.timed)}= own"
        for name in self._v.remembered:
            s, p, n = (self._v.one(prefix, name) for prefix in "spn")
            yield f"    {n} = {s} if {s} == {s} else {p}"
        for name in self._v.timed:
            s, o, c = (self._v.one(prefix, name) for prefix in "soc")
            yield f"    {c} = t if {s} == {s} else {o}"
        yield f"    if t0 != {NEVER_MS}:"
        yield "        if measured:"
        yield "            d = t - t0"
        yield f"            {self._v.slot(keys.REST_MS)} += d"
        yield from indented(self._rules.interval(), 3)
        yield f"        else: {self._v.slot(keys.GAP_MS)} += t - t0"
        for group in self._layout.groups:
            yield from indented(self._group(group), 2)
        for node in self._layout.named("entries"):
            yield from indented(self._entries_if_known(node), 2)
        for node in self._layout.named("increase"):
            yield from indented(self._increase_if_known(node))
        yield from indented(self._remember())

    def _before(self) -> str:
        """What is remembered, as part of a tuple."""
        remembered = self._v.some("p", self._v.remembered)
        return remembered + self._v.some("q", self._v.compared)

    def _after(self, prefix: str) -> str:
        """What is remembered next."""
        remembered = self._v.some(prefix, self._v.remembered)
        return remembered + self._v.some("s", self._v.compared)

    def _remember(self) -> Lines:
        steps = [name for name in self._v.remembered if name not in self._v.timed]
        known = f"{self._v.known('s', self._v.timed)} + {self._v.known('n', steps)}"
        yield f"u = {known}"
        yield f"own = None if u == u else ({self._v.some('c', self._v.timed)})"
        yield f"return (t, own, {self._after('n')})"

    def _group(self, group: frozenset[str]) -> Lines:
        """The interval between the last two readings of some inputs, if it was measured."""
        names = self._v.in_order(group)
        steps = [name for name in names if self._words.is_step(name)]
        lines = [name for name in names if name not in steps]
        yield f"u = {self._v.known('p', names)}"
        if lines:
            yield from self._since(lines)
            yield f"if u == u and {self._any_of(lines)} and ({self._measured(lines)}):"
        else:
            yield "d = t - t0"
            yield "if u == u and measured:"
        yield f"    {self._v.slot(keys.part_key(group))} += d"
        yield from indented(self._interval("n", group))

    def _since(self, lines: list[str]) -> Lines:
        last = ", ".join(self._v.one("o", name) for name in lines)
        yield f"a = {last}" if len(lines) == 1 else f"a = max({last})"
        yield "d = t - a"

    def _any_of(self, lines: list[str]) -> str:
        read = [f"{s} == {s}" for s in (self._v.one("s", name) for name in lines)]
        return read[0] if len(read) == 1 else f"({' or '.join(read)})"

    def _measured(self, lines: list[str]) -> str:
        """Its readings are no further apart than a gap, nor are those of its inputs."""
        gap_ms = round(self._words.asset.max_gap_s * 1000)
        close = f"measured if a == t0 else d <= {gap_ms}"
        if len(lines) == 1:
            return close
        before, after = (
            f"min({', '.join(self._v.one(prefix, name) for name in lines)})" for prefix in "oc"
        )
        return f"({close}) and a - {before} <= {gap_ms} and t - {after} <= {gap_ms}"

    def _entries_if_known(self, node: Reduced) -> Lines:
        yield f"u = {self._v.known_inputs('p', node.args[0])}"
        yield "if u == u:"
        yield from indented(self._entries(node, "n"))

    def _increase_if_known(self, node: Reduced) -> Lines:
        name = str(node.args[0])
        now, before = self._v.one("s", name), self._v.one("p", name)
        yield f"if {now} == {now} and {before} == {before}:"
        yield f"    {self._v.slot(keys.told_key(node))} += 1"
        yield from indented(self._increase(node, f"t - {self._v.one('o', name)}"))
