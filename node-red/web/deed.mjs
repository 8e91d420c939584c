/** What is said with an alarm, by whom and for how long: the same in every list of the page. */

import { knownName } from "./who.mjs";

const { reactive } = window.Vue;
const EIGHT_HOURS_MIN = 480;

export const deed = reactive({
  by: knownName(),
  note: "",
  minutes: EIGHT_HOURS_MIN,
});
