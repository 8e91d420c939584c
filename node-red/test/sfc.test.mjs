import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { splitComponent, toModule } from "../lib/sfc.mjs";
import { translatable } from "../lib/translate.mjs";
import { styleSheet } from "../lib/web-files.mjs";

// The compiler Dashboard itself ships in the browser.
const { compile } = createRequire(import.meta.url)("@vue/compiler-dom");
const WEB = new URL("../web/", import.meta.url).pathname;
const files = readdirSync(WEB, { recursive: true }).filter((name) =>
  name.endsWith(".vue"),
);

test("a component becomes a module that carries its template", async () => {
  const source =
    "<template>\n  <b>{{ a }}</b>\n</template>\n\n" +
    '<script>\nconst A = 1;\nexport default { name: "X", data: () => ({ a: A }) };\n</script>\n';
  const text = toModule(source, "x.vue").replace(
    /^import .*language.*$/m,
    "const tr_ = (text) => text;",
  );
  const module = await import(
    `data:text/javascript,${encodeURIComponent(text)}`
  );
  assert.equal(module.default.name, "X");
  assert.equal(module.default.template, "<b>{{ tr_(a) }}</b>");
  assert.equal(module.default.methods.tr_("b"), "b");
});

test("a file without template or default export is named", () => {
  assert.throws(
    () => toModule("<script>\nexport default {};\n</script>\n", "y.vue"),
    /y\.vue/,
  );
  assert.throws(
    () => toModule("<template>\n<b />\n</template>\n", "z.vue"),
    /z\.vue/,
  );
});

for (const name of files) {
  test(`${name} compiles, and shows what devices say as text only`, () => {
    const { template } = splitComponent(readFileSync(WEB + name, "utf8"));
    const errors = [];
    compile(translatable(template), {
      onError: (error) => errors.push(error.message),
    });
    assert.deepEqual(errors, []);
    assert.doesNotMatch(template, /v-html|innerHTML/);
  });
}

test("no page names a type of machine: all is drawn from the catalogue", () => {
  const texts = readdirSync(WEB, { recursive: true })
    .filter((name) => /\.(vue|mjs)$/.test(name))
    .map((name) => readFileSync(WEB + name, "utf8"));
  for (const text of texts)
    assert.doesNotMatch(text, /\bfans?\b|\brpm\b|overcurrent/i);
});

test("the style sheet holds the base and every component's style", () => {
  const css = styleSheet();
  assert.match(css, /--accent/);
  assert.match(css, /\.fleet-card/);
  assert.equal((css.match(/{/g) ?? []).length, (css.match(/}/g) ?? []).length);
});
