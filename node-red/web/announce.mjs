/** Alarms that have come since the last look, and what a screen reader says of them. Pure. */

import { alarmTitle } from "./alarm-view.mjs";
import { calledOf } from "./fleet-rows.mjs";
import { severityRank, SEVERITIES } from "./format.mjs";

const MOST_NAMED = 3;
const CRITICAL = severityRank("Critical");

/** What is known after a look at the fleet, and what came since `known`; at the first look nothing. */
export function lookForNew(known, devices) {
  const now = new Map(known);
  const came = [];
  for (const { id: device, name, asset, newAlarm } of devices) {
    if (!newAlarm || newAlarm.id <= (known?.get(device) ?? -1)) continue;
    now.set(device, newAlarm.id);
    const called = calledOf({ id: device, name });
    if (known) came.push({ device, called, asset, ...newAlarm });
  }
  return { known: now, came };
}

function saidOf({ called, asset, name, rank }, types) {
  return `${SEVERITIES[rank]} alarm: ${alarmTitle(name, types[asset])} of ${called}.`;
}

function told(alarms, types) {
  const sentences = alarms
    .slice(0, MOST_NAMED)
    .map((alarm) => saidOf(alarm, types));
  const left = alarms.length - MOST_NAMED;
  if (left > 0) sentences.push(`${left} more.`);
  return sentences.join(" ");
}

/** {polite, assertive}: critical alarms do not wait until a reader has ended its sentence. */
export function spoken(came, types = {}) {
  const isCritical = ({ rank }) => rank >= CRITICAL;
  return {
    polite: told(
      came.filter((alarm) => !isCritical(alarm)),
      types,
    ),
    assertive: told(came.filter(isCritical), types),
  };
}
