/** This browser's own telling of alarms: what is chosen, the notification and the sound. */

import { tr } from "/app/language.mjs";
import { get } from "./api.mjs";
import {
  OFF,
  allKnown,
  lookAt,
  needsText,
  notificationOf,
} from "./browser-alarms.mjs";
import { calledAs, live, typeOf } from "./live.mjs";

const { reactive, watch } = window.Vue;
const CHOSEN = "edgetwin.browser-alarms";
const KNOWN = "edgetwin.alarms-told";
const MOST_OPEN = 1000;
const TONES_HZ = [880, 660, 880];
const TONE_S = 0.18;
const LOUDNESS = 0.2;

function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? otherwise;
  } catch {
    return otherwise; // what somebody else has put there, or nothing can be kept
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing tells again after a reload
  }
}

/** `notify`, `sound`, `least`: as chosen; `needs`: what is in the way; `error`: what went wrong. */
export const bell = reactive({
  ...OFF,
  ...kept(CHOSEN, {}),
  needs: "",
  error: "",
});

let audio = null;

function look() {
  bell.needs = needsText(bell, {
    permission: window.Notification?.permission ?? "denied",
    isSecure: window.isSecureContext && "Notification" in window,
    audio: audio?.state ?? "suspended",
  });
}

function openAlarms() {
  return get("/alarms", { order: "severity", limit: MOST_OPEN });
}

async function wake() {
  if (!bell.sound) return;
  audio ??= new AudioContext();
  audio.onstatechange = look;
  await audio.resume();
}

function ring() {
  if (audio?.state !== "running") return;
  TONES_HZ.forEach((hz, at) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const from = audio.currentTime + at * TONE_S;
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(LOUDNESS, from);
    volume.gain.exponentialRampToValueAtTime(0.001, from + TONE_S);
    tone.connect(volume).connect(audio.destination);
    tone.start(from);
    tone.stop(from + TONE_S);
  });
}

function show({ title, body, tag }) {
  if (!bell.notify || window.Notification?.permission !== "granted") return;
  try {
    const shown = new Notification(tr(title), {
      body: tr(body),
      tag,
      icon: "/app/icon.svg",
    });
    shown.onclick = () => window.focus();
  } catch {
    bell.error =
      "This browser shows no notifications of an open page; the sound works.";
  }
}

/** As if an alarm had come. */
export function tryIt() {
  if (bell.sound) ring();
  show({
    title: "Test: alarms are told here",
    body: "Nothing is wrong with any machine.",
    tag: "test",
  });
}

async function tellNew() {
  if (!bell.notify && !bell.sound) return;
  try {
    const alarms = await openAlarms();
    const { least } = bell;
    const before = kept(KNOWN, null) ?? allKnown(alarms);
    const found = lookAt(alarms, { known: before, least, nowMs: live.nowMs });
    keep(KNOWN, found.known);
    if (!found.came.length) return;
    const assetOf = new Map(live.devices.map(({ id, asset }) => [id, asset]));
    const typeOfDevice = (id) => typeOf(assetOf.get(id), id);
    show(notificationOf(found.came, typeOfDevice, calledAs));
    if (bell.sound) ring();
  } catch (error) {
    bell.error = error.message;
  }
}

/** Takes a choice over, keeps it for this browser, and asks for what it needs. */
export async function choose(changed) {
  Object.assign(bell, changed, { error: "" });
  const { notify, sound, least } = bell;
  keep(CHOSEN, { notify, sound, least });
  try {
    await wake(); // at once: the browser wants to see the click
    if (changed.notify && window.Notification?.permission === "default")
      await Notification.requestPermission();
    keep(KNOWN, allKnown(await openAlarms())); // what stands now is no news
  } catch (error) {
    bell.error = error.message;
  }
  look();
}

/** Begins to listen; called once by the shell. */
export function listen() {
  const pulse = () =>
    live.devices
      .map(({ id, alarms, lastAlarm, worst }) =>
        [id, alarms, lastAlarm, worst].join(" "),
      )
      .join();
  watch(pulse, tellNew);
  window.addEventListener("pointerdown", () => wake().then(look), {
    once: true,
  });
  look();
}
