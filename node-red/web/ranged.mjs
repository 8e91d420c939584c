/** A page of what was: the stretch of time that it shows stands in its address. */

import { changed, inAddress } from "/app/address.mjs";
import { untilNowText, windowText } from "/app/calendar.mjs";
import { askedFor, PERIODS, periodsOf, spanOf } from "/app/periods.mjs";
import { spanFor, SPANS, windowOf } from "/app/spans.mjs";

/**
 * `chosen` is one of `values`, stretches that end now, by the address's `key`; `window` one that
 * stays and comes before it, else null. A page has `shown`, {fromMs, toMs} of what it shows.
 */
export function ranged(key, values) {
  const { get } = inAddress(key, values);
  return {
    computed: {
      chosen: get,
      window() {
        return windowOf(this.$route.query);
      },
      /** Another whenever another stretch is meant, and not as time goes on. */
      meantTime() {
        const { fromMs, toMs } = this.window ?? {};
        return [this.chosen, fromMs, toMs].join(" ");
      },
      timeText() {
        return this.window
          ? windowText(this.window, this.live.nowMs)
          : untilNowText(this.shown);
      },
    },
    methods: {
      /** The browser's button leads back. */
      showTime(ends) {
        const query = { from: "", to: "", ...ends };
        this.$router.push({ query: changed(this.$route.query, query) });
      },
      choose(value) {
        this.showTime({ [key]: value === values[0] ? "" : value });
      },
    },
  };
}

/** A page of periods that end now, and of any window; `span` is what was asked for last. */
export const inPeriods = {
  mixins: [
    ranged(
      "period",
      PERIODS.map(({ name }) => name),
    ),
  ],
  data() {
    return { span: null };
  },
  computed: {
    choices() {
      return periodsOf(this.live.health);
    },
    periods() {
      return this.choices.map(({ name, text }) => ({ value: name, text }));
    },
    period() {
      const [usual] = this.choices;
      return this.choices.find(({ name }) => name === this.chosen) ?? usual;
    },
    /** A window is told by shifts where these were chosen. */
    pressed() {
      const counts = !this.window || this.period.bucket === "shift";
      return counts ? this.period.name : "";
    },
    shown() {
      const now = () => spanOf(this.period, this.live.nowMs);
      return this.window ?? this.span ?? now();
    },
  },
  methods: {
    askedNow() {
      return askedFor(this.period, this.window, Date.now());
    },
  },
};

/** A page of these spans that end now, by their names, and of any window. */
export function inSpans(names) {
  const spans = SPANS.filter(({ value }) => names.includes(value));
  return {
    mixins: [ranged("span", names)],
    computed: {
      spans: () => spans,
      spanMs() {
        const { fromMs, toMs } = this.window ?? {};
        return this.window ? toMs - fromMs : spanFor(this.chosen).ms;
      },
      shown() {
        const toMs = this.live.nowMs;
        return this.window ?? { fromMs: toMs - this.spanMs, toMs };
      },
    },
  };
}
