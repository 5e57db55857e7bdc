/** Runs src/**\/*.test.ts: bundled by esbuild, run by Node's own test runner. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const src = join(dirname(fileURLToPath(import.meta.url)), "src");
const out = await mkdtemp(join(tmpdir(), "labelhub-frontend-"));
try {
  const files = (await readdir(src, { recursive: true })).filter((name) => name.endsWith(".test.ts"));
  await esbuild.build({
    entryPoints: files.map((name) => join(src, name)),
    outdir: out,
    outbase: src,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const tests = files.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  process.exitCode = spawnSync(process.execPath, ["--test", ...tests], { stdio: "inherit" }).status ?? 1;
} finally {
  await rm(out, { recursive: true, force: true });
}
