/** Builds static/build/: scripts (esbuild), style (Tailwind), fonts and the icon sprite. `--watch` keeps going. */
import { spawn } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "build");
const require = createRequire(import.meta.url);
const watch = process.argv.includes("--watch");

const FONTS = ["inter", "jetbrains-mono"].flatMap((font) =>
  ["latin", "latin-ext"].map((subset) => [font, `${font}-${subset}-wght-normal.woff2`]),
);

/** Whole fonts for PDF files, which take the glyphs they use out of them: weight by weight, since a PDF has no axes. */
const PRINT_FONTS = ["400Regular", "600SemiBold"].map((weight) => `${weight}/Inter_${weight}.ttf`);

async function scripts() {
  const names = (await readdir(join(here, "src"))).filter((name) => name.endsWith(".ts"));
  const options = {
    entryPoints: names.map((name) => join(here, "src", name)),
    outdir: out,
    bundle: true,
    minify: !watch,
    sourcemap: watch ? "inline" : false,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "warning",
  };
  if (!watch) return esbuild.build(options);
  const context = await esbuild.context(options);
  return context.watch();
}

/** Tailwind's own command, so that its watch mode sees new templates too. */
function style() {
  const cli = join(dirname(require.resolve("@tailwindcss/cli/package.json")), "dist", "index.mjs");
  const args = [cli, "-i", join(here, "styles", "site.css"), "-o", join(out, "site.css")];
  const child = spawn(process.execPath, [...args, watch ? "--watch=always" : "--minify"], {
    stdio: watch ? "inherit" : ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr?.on("data", (text) => {
    errors += text;
  });
  const done = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) =>
      code ? reject(new Error(errors || `Tailwind ended with ${code}`)) : resolve(),
    );
  });
  return watch ? undefined : done;
}

async function fonts() {
  await mkdir(join(out, "fonts"), { recursive: true });
  const inter = dirname(require.resolve("@expo-google-fonts/inter/package.json"));
  await Promise.all([
    ...FONTS.map(([font, file]) => {
      const home = dirname(require.resolve(`@fontsource-variable/${font}/package.json`));
      return cp(join(home, "files", file), join(out, "fonts", file));
    }),
    ...PRINT_FONTS.map((file) => cp(join(inter, file), join(out, "fonts", basename(file)))),
  ]);
}

async function symbol(home, name) {
  const svg = await readFile(join(home, "icons", `${name}.svg`), "utf8").catch(() => {
    throw new Error(`frontend/icons.txt: Lucide has no icon named "${name}"`);
  });
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
}

async function icons() {
  const home = dirname(require.resolve("lucide-static/package.json"));
  const names = (await readFile(join(here, "icons.txt"), "utf8")).split(/\s+/).filter(Boolean);
  const symbols = await Promise.all(names.map((name) => symbol(home, name)));
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  await writeFile(join(out, "icons.svg"), sprite);
}

try {
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await Promise.all([scripts(), style(), fonts(), icons()]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
