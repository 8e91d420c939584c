/** How many gauges stand beside each other: full rows first, and none alone. Pure. */

/** The lengths of the rows: as few as hold `count` with at most `most` in one, as even as can be. */
export function rowLengths(count, most) {
  if (count < 1) return [];
  const rows = Math.ceil(count / most);
  const each = Math.floor(count / rows);
  const longer = count - each * rows;
  const lengths = Array.from({ length: rows }, (_, row) =>
    row < longer ? each + 1 : each,
  );
  // Two in a row make a last one lonely: it joins those before it.
  if (count > 1 && lengths.at(-1) === 1) {
    lengths.pop();
    lengths[0] += 1;
  }
  return lengths;
}

/** Of each of `count` gauges which share of its row it takes, in twelfths. */
export function spans(count, most) {
  return rowLengths(count, most).flatMap((length) =>
    new Array(length).fill(12 / length),
  );
}

/** The same of two in a row, of which the last may have one for itself: text is not cut. */
export function pairs(count) {
  return Array.from({ length: count }, (_, at) =>
    at === count - 1 && count % 2 ? 12 : 6,
  );
}
