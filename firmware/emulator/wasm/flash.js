// The flash of a board in MicroPython's file system: filled, copied out, and cut off from power.

/** Folders below / that outlive a restart. */
const KEPT = /^\/(slot-[^/]*|spool)(\/|$)/;

const isFolder = (FS, path) => FS.isDir(FS.stat(path).mode);

function walk(FS, path, files) {
  for (const name of FS.readdir(path)) {
    if (name === "." || name === "..") continue;
    const inside = path === "/" ? `/${name}` : `${path}/${name}`;
    if (!KEPT.test(inside)) continue;
    if (isFolder(FS, inside)) walk(FS, inside, files);
    else files.set(inside, FS.readFile(inside));
  }
  return files;
}

/** @returns {Map<string, Uint8Array>} all that outlives a restart, by path */
export const copyOut = (FS) => walk(FS, "/", new Map());

/** @param {Map<string, Uint8Array>} files what `copyOut` gave, or part of it */
export function fill(FS, files) {
  FS.mkdirTree("/spool");
  for (const [path, content] of files) {
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")) || "/");
    FS.writeFile(path, content);
  }
}

/**
 * Call `onOperation(number)` before each change to the slots: a file made, written, renamed or
 * removed. Of a write, half is on the flash by then.
 */
export function watchSlots(FS, onOperation) {
  const concerns = (path) => /^\/slot-/.test(path);
  let count = 0;
  const wrap = (name, pathOf, before = () => {}) => {
    const original = FS[name];
    FS[name] = (...given) => {
      if (concerns(pathOf(...given))) {
        before(original, given);
        onOperation(++count);
      }
      return original.apply(FS, given);
    };
  };
  wrap("rename", (from) => from);
  wrap("unlink", (path) => path);
  wrap("mkdir", (path) => path);
  wrap("open", (path, flags) => (flags & 3 ? path : ""));
  wrap(
    "write",
    (stream) => stream.path ?? "",
    (original, [stream, buffer, offset, length, position]) => {
      const at = stream.position;
      original.call(FS, stream, buffer, offset, length >> 1, position);
      stream.position = at;
    },
  );
}
