// Installs the packages of package-lock.json with their patches, unless these very files are installed already. Runs on any Node.js from 20 on.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const STAMP = "node_modules/.pult-installed";
const files = ["package-lock.json", ...readdirSync("patches").map((name) => `patches/${name}`)];
const lock = files.reduce((hash, file) => hash.update(readFileSync(file)), createHash("sha256")).digest("hex");
const installed = existsSync(STAMP) && existsSync("node_modules/node/bin/node") ? readFileSync(STAMP, "utf8") : "";

if (installed !== lock) {
  console.log("Installing packages (once, about a minute) …");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: "inherit" });
  if (npm.status !== 0) {
    console.error("The packages could not be installed. Is the npm registry in reach?");
    process.exit(npm.status ?? 1);
  }
  writeFileSync(STAMP, lock);
}
