import assert from "node:assert/strict";
import { test } from "node:test";
import { asWritten, dictionary } from "../web/dictionary.mjs";
import { textsOf, translatable } from "../lib/translate.mjs";

const tr = dictionary(
  {
    "Open alarms": "Offene Alarme",
    "Stuck Sensor": "Sensor hängt",
    "Nothing to do.": "Nichts zu tun.",
    Idle: "Leerlauf",
    standby: "bereit",
    now: "jetzt",
    "the limit": "die Grenze",
    "{0} ago": "vor {0}",
    "{0} to {1}": "{0} bis {1}",
    "judged {0}": "beurteilt {0}",
    "{0} ({1}% sure): {2}": "{0} (zu {1} % sicher): {2}",
    "Shelved by {0} until {1}": "Bis {1} von {0} zurückgestellt",
  },
  "de-DE",
);

test("what is known is told in the other language, what is not in English", () => {
  assert.equal(tr("Open alarms"), "Offene Alarme");
  assert.equal(tr(" Open alarms "), " Offene Alarme ");
  assert.equal(tr("Of a file of one's own"), "Of a file of one's own");
  assert.equal(tr(undefined), undefined);
});

test("a sentence of the gateway is found with its figures", () => {
  assert.equal(
    tr("Stuck Sensor (97% sure): Nothing to do."),
    "Sensor hängt (zu 97 % sicher): Nichts zu tun.",
  );
  assert.equal(tr("judged 3 min ago"), "beurteilt vor 3 min");
  assert.equal(
    tr("Idle (standby), Stuck Sensor"),
    "Leerlauf (bereit), Sensor hängt",
  );
  assert.equal(tr("12:04 to now"), "12:04 bis jetzt");
  for (const unit of ["°C", "mm/s", "L/min"])
    assert.equal(tr(`the limit, ${unit}`), `die Grenze, ${unit}`);
});

test("few words of it in another sentence do not spoil that one", () => {
  for (const text of ["I went back to the shelf", "long ago", "add oil to it"])
    assert.equal(tr(text), text);
});

test("holes may change places, and what a person said stays", () => {
  assert.equal(
    tr("Shelved by {0} until {1}", { said: "Idle" }, "now"),
    "Bis jetzt von Idle zurückgestellt",
  );
  assert.equal(asWritten("Limit {0}", 2), "Limit 2");
  assert.equal(asWritten("{0} more", null), " more");
});

test("a number is written as the language does", () => {
  assert.equal(tr(0.177), "0,177");
  assert.equal(tr(1200), "1200");
});

test("the spaces around a text stay", () => {
  assert.equal(
    translatable("<b>Open </b>{{ a }}"),
    "<b>{{ tr_('Open') + ' ' }}</b>{{ tr_(a) }}",
  );
});

test("a template's text is looked up, a name in it is not", () => {
  const template = `<b title="All of it">Open
    {{ count }}, {{ device.id }}</b> <code>mdi</code><i translate="no">X y</i>
    <p :title="hint">{{ said.text }} {{ device.id }}</p>`;
  assert.equal(
    translatable(template),
    `<b :title="tr_('All of it')">{{ tr_('Open {0}, {1}', count, { said: device.id }) }}</b> <code>mdi</code><i translate="no">X y</i>
    <p :title="tr_(hint)">{{ tr_(said.text) }} {{ device.id }}</p>`,
  );
  const { texts, expressions } = textsOf(template);
  assert.deepEqual(texts, ["All of it", "Open {0}, {1}"]);
  assert.deepEqual(expressions, ["hint", "said.text"]);
});

test("a figure of the gateway's has the decimal point of the language; versions and addresses keep theirs", () => {
  const words = { "{0} is above {1}: look": "{0} liegt über {1}: nachsehen" };
  const german = dictionary(words, "de-DE");
  assert.equal(
    german("1.08 A is above -0.5 A: look"),
    "1,08 A liegt über -0,5 A: nachsehen",
  );
  assert.equal(
    german("127.0.0.1 is above 0.2.0: look"),
    "127.0.0.1 liegt über 0.2.0: nachsehen",
  );
});
