/** Which machines are fresh, silent or offline, by their own states; told in a node's status. */

const MOST_MACHINES = 20_000;
const LEAST_MS = 30_000;
const PERIODS = 3;
const USUAL_PERIOD_MS = 5000;
const WORDS = ["offline", "silent", "fresh"]; // the gravest first
const LOOKS = {
  offline: { fill: "red", shape: "dot" },
  silent: { fill: "yellow", shape: "dot" },
  fresh: { fill: "green", shape: "dot" },
};

/** Of each machine the newest state; nothing of it is older than `heard` says. */
export class Presence {
  #machines = new Map();

  /** The state of `device`, heard at `heardMs`; null where it is gone. */
  hear(device, state, heardMs) {
    if (state === null) this.#machines.delete(device);
    else if (
      this.#machines.has(device) ||
      this.#machines.size < MOST_MACHINES
    ) {
      const period = Number.isFinite(state.period_ms)
        ? state.period_ms
        : USUAL_PERIOD_MS;
      this.#machines.set(device, {
        offline: state.status === "offline",
        fresh: state.fresh === true,
        untilMs: heardMs + Math.max(LEAST_MS, PERIODS * period),
      });
    }
  }

  /** The word for each machine for which `counts(device)` is true, counted. */
  count(nowMs, counts) {
    const words = { offline: 0, silent: 0, fresh: 0 };
    for (const [device, { offline, fresh, untilMs }] of this.#machines) {
      if (!counts(device)) continue;
      // A gateway that is gone retells nothing: what was fresh does not stay so.
      const silent = !fresh || nowMs > untilMs;
      words[offline ? "offline" : silent ? "silent" : "fresh"] += 1;
    }
    return words;
  }
}

/** A node's status for these counts; one machine is told without a number. */
export function statusOf(words, { one }) {
  const present = WORDS.filter((word) => words[word] > 0);
  if (!present.length)
    return { fill: "grey", shape: "ring", text: "nothing heard yet" };
  const text = one
    ? present[0]
    : [...present]
        .reverse()
        .map((word) => `${words[word]} ${word}`)
        .join(" · ");
  return { ...LOOKS[present[0]], text };
}
