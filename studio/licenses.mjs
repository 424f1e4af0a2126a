// Lists what is bundled, with the licence texts, beside the built page.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const BUNDLED = ["preact", "@preact/signals", "@preact/signals-core", "spessasynth_lib", "spessasynth_core", "stb-vorbis"];
const parts = ["What is bundled in this page, each under its own licence.\n"];
for (const name of BUNDLED) {
  const folder = `node_modules/${name}`;
  const about = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  parts.push(`${"=".repeat(80)}\n${name} ${about.version} (${about.license})\n`);
  parts.push(file ? readFileSync(`${folder}/${file}`, "utf8") : `No licence text in the package; see ${about.homepage ?? ""}\n`);
}
writeFileSync("../symbolic_music/server/static/LICENSES.txt", parts.join("\n"));
