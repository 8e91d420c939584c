/** Which channels share a chart: those of one unit and of about one size, so that none is flat. */

export const INKS = [1, 2, 3, 4, 5].map((at) => `var(--series-${at})`);

// What is not known to be of one size shares no chart.
function overlap([low, high], [otherLow, otherHigh]) {
  return low <= otherHigh && otherLow <= high;
}

function fits(group, channel) {
  return (
    group.length < INKS.length &&
    group[0].unit === channel.unit &&
    group[0].normal &&
    channel.normal &&
    overlap(group[0].normal, channel.normal)
  );
}

/** The charts of `channels`, in their order: a list of lists. */
export function groupsOf(channels) {
  const groups = [];
  for (const channel of channels) {
    const group = groups.find((each) => fits(each, channel));
    if (group) group.push(channel);
    else groups.push([channel]);
  }
  return groups;
}
