// Builds portal/static/dist: one stylesheet, one script, the worker of the shelf, the fonts they use, one icon sprite, and
// manifest.json, which maps the plain names ("app.css") to the hashed files of this build.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.resolve(here, "../portal/static/dist");
const fresh = `${target}.new`;
const tabler = path.join(here, "node_modules/@iconify-json/tabler/icons.json");

async function bundle() {
  const result = await esbuild.build({
    absWorkingDir: here,
    entryPoints: [
      { in: "src/app.js", out: "app" },
      { in: "src/worker.js", out: "worker" },
      { in: "src/app.css", out: "app" },
    ],
    bundle: true,
    minify: true,
    metafile: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    outdir: fresh,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "dataurl" },
    logLevel: "warning",
  });
  const names = {};
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    const name = path.basename(file);
    if (output.entryPoint) names[path.basename(output.entryPoint)] = name;
    else names[name.replace(/-[A-Z0-9]{8}(?=\.[a-z0-9]+$)/, "")] = name;
  }
  return names;
}

async function sprite() {
  const { icons } = JSON.parse(await readFile(tabler, "utf8"));
  const list = await readFile(path.join(here, "icons.txt"), "utf8");
  const wanted = list.split("\n").map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
  const unknown = wanted.filter((name) => !icons[name]);
  if (unknown.length) throw new Error(`icons.txt: Tabler has no icon ${unknown.join(", ")}.`);
  // Without a width of its own, a stroke takes the one of the page's stylesheet.
  const shapes = (name) => icons[name].body.replaceAll(' stroke-width="2"', "");
  const symbol = (name) => `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes(name)}</symbol>`;
  const symbols = [...new Set(wanted)].sort().map(symbol);
  const text = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  const file = `icons-${digest}.svg`;
  await writeFile(path.join(fresh, file), text);
  return { "icons.svg": file };
}

async function exchange() {
  // Files of the build before stay, so that a page open since then still finds its own.
  await mkdir(target, { recursive: true });
  const current = new Set(await readdir(fresh));
  const previous = JSON.parse(
    await readFile(path.join(target, "manifest.json"), "utf8").catch(() => "{}"),
  );
  const keep = new Set([...current, ...Object.values(previous)]);
  for (const file of await readdir(target)) {
    if (!keep.has(file)) await rm(path.join(target, file), { recursive: true });
  }
  for (const file of [...current].sort((a, b) => (a === "manifest.json") - (b === "manifest.json"))) {
    await rename(path.join(fresh, file), path.join(target, file));
  }
  await rm(fresh, { recursive: true });
}

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const names = { ...(await bundle()), ...(await sprite()) };
const manifest = Object.fromEntries(Object.entries(names).sort());
await writeFile(path.join(fresh, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
await exchange();
