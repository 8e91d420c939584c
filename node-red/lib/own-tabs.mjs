/** Our nodes and a user's in one Node-RED: put together, taken apart, kept from one another. Pure. */

const TOLD = 5;
// What the editor says of a node by itself, and leaves out as readily.
const EMPTY = ["", false, null, undefined];

function isEmpty(value) {
  return (
    EMPTY.includes(value) ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}

function same(one, other) {
  if (isEmpty(one) && isEmpty(other)) return true;
  if (typeof one !== "object" || typeof other !== "object")
    return String(one) === String(other);
  if (isEmpty(one) || isEmpty(other)) return false;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => same(one[key], other[key]));
}

/** Whether `node` is `ours`, but for what the editor adds: a property that we have not, and empty. */
function isUntouched(ours, node) {
  const keys = new Set([...Object.keys(ours), ...Object.keys(node)]);
  return [...keys].every((key) => same(ours[key], node[key]));
}

function called(node) {
  return `"${node.name || node.label || node.id}" (${node.type})`;
}

function trespass(ours, found, node) {
  if (!found) return `${called(ours)} was deleted`;
  return isUntouched(ours, found) ? null : `${called(ours)} was changed`;
}

/** What `nodes` do to ours, as parts of a sentence: none where all of ours is as it was. */
export function trespasses(ours, nodes) {
  const found = new Map(nodes.map((node) => [node.id, node]));
  const ids = new Set(ours.map(({ id }) => id));
  const done = ours.map((node) => trespass(node, found.get(node.id)));
  const guests = nodes
    .filter(({ id, z }) => !ids.has(id) && ids.has(z))
    .map((node) => `${called(node)} stands on a tab of edgetwin's`);
  return [...done.filter(Boolean), ...guests];
}

/** The sentences for whoever deployed that. */
export function refusal(done) {
  const more = done.length > TOLD ? ` and ${done.length - TOLD} more` : "";
  return (
    `Nothing was deployed: ${done.slice(0, TOLD).join(", ")}${more}. ` +
    "Tabs and settings of edgetwin's are made anew at each start, so a change would be lost. " +
    "Undo it (Ctrl-Z) and deploy again; to have it another way, copy it to a tab of your own and change the copy."
  );
}

/** The user's own nodes. */
export function theirsOf(ours, nodes) {
  const ids = new Set(ours.map(({ id }) => id));
  return nodes.filter(({ id }) => !ids.has(id));
}

function renamed(value, names) {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, renamed(item, names)]),
  );
}

/**
 * `{theirs, clashes}`: the user's nodes of which none has an id of ours. One that had, as a later
 * version of ours may come to use it, has another, also where the others name it.
 */
export function apart(ours, theirs) {
  const ids = new Set(ours.map(({ id }) => id));
  const names = new Map(
    theirs
      .filter(({ id }) => ids.has(id))
      .map(({ id }) => [id, `${id}-of-yours`]),
  );
  if (!names.size) return { theirs, clashes: [] };
  const clashes = [...names].map(
    ([id, name]) =>
      `${id} is the id of a node of yours too: yours is ${name} now.`,
  );
  return { theirs: renamed(theirs, names), clashes };
}

/** The user's nodes, switched off: they are there to be looked at and mended, and do nothing. */
export function switchedOff(theirs) {
  const inside = new Set(
    theirs
      .filter(({ type }) => ["tab", "subflow"].includes(type))
      .map(({ id }) => id),
  );
  return theirs.map((node) => {
    if (node.type === "tab") return { ...node, disabled: true };
    return inside.has(node.id) || inside.has(node.z)
      ? node
      : { ...node, d: true };
  });
}
