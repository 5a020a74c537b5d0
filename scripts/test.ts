import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEnv, buildIfChanged } from "./build.ts";
import { findServices } from "./services.ts";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Run {
  env: NodeJS.ProcessEnv;
  /** Types, lint, units, and services on one database: no server is started, no page built. */
  quick: boolean;
  /** Directory of the runners' reports. */
  reports: string;
}

interface Step {
  name: string;
  /** Part of the quick run, too. */
  quick: boolean;
  run(given: Run): Promise<Tally>;
}

/** The Node side is one program, the pages another, and so are their tests, which see a browser and Node. */
const PROGRAMS = [".", "apps/web", "apps/web/test"];
const BIOME = ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."];

/** Steps of one row run side by side. Types come before the build, which rewrites files that they read. */
const ROWS: Step[][] = [
  [{ name: "Types", quick: true, run: typecheck }],
  [
    { name: "Lint", quick: true, run: async ({ env }) => verdict(await run(BIOME, env)) },
    { name: "Build", quick: false, run: async () => verdict(await buildIfChanged(["server", "web"])) },
  ],
  [{ name: "Unit, service, wire and server", quick: true, run: vitest }],
  [{ name: "Browser", quick: false, run: playwright }],
];

/** Everything, each step to its end; the last line counts. */
export async function runTests(args: string[]): Promise<number> {
  const quick = args.includes("--quick");
  const services = await findServices({ durable: false });
  const reports = mkdtempSync(join(tmpdir(), "pult-reports-"));
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const reason of services.missing) console.log(`Missing — ${reason}`);
    if (services.missing.length > 0 && process.env.CI === "true") {
      console.error("With CI=true nothing may be missing.");
      return 1;
    }
    const env = {
      ...buildEnv(),
      ...services.env,
      NODE_ENV: "test" as const,
      ...(quick ? { PULT_TEST_QUICK: "1" } : {}),
    };
    for (const row of ROWS) {
      const steps = row.filter((step) => step.quick || !quick);
      for (const tally of await Promise.all(steps.map((step) => runStep(step, { env, quick, reports })))) {
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.skipped += tally.skipped;
      }
    }
  } finally {
    services.stop();
    rmSync(reports, { recursive: true, force: true });
  }
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function runStep({ name, run }: Step, given: Run): Promise<Tally> {
  console.log(`── ${name} …`);
  const started = performance.now();
  const tally = await run(given);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`── ${name}: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped in ${seconds} s\n`);
  return tally;
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const [code] = await once(spawn(process.execPath, args, { stdio: "inherit", env }), "close");
  return code === 0;
}

const verdict = (passed: boolean): Tally => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });

async function typecheck({ env }: Run): Promise<Tally> {
  const tsc = "node_modules/typescript/bin/tsc";
  const passed = await Promise.all(PROGRAMS.map((program) => run([tsc, "--noEmit", "-p", program], env)));
  return { passed: passed.filter(Boolean).length, failed: passed.filter((one) => !one).length, skipped: 0 };
}

async function vitest({ env, quick, reports }: Run): Promise<Tally> {
  const report = join(reports, "vitest.json");
  const output = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const passed = await run(
    ["node_modules/vitest/vitest.mjs", "run", ...output, ...(quick ? ["--project=source"] : [])],
    env,
  );
  if (!existsSync(report)) return verdict(false);
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not even load fails no test of its own.
  const failed = numFailedTests === 0 && !passed ? 1 : numFailedTests;
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

async function playwright({ env, reports }: Run): Promise<Tally> {
  if (!env.CHROMIUM_PATH) {
    console.log("   skipped: Chromium is missing");
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const report = join(reports, "playwright.json");
  const passed = await run(["node_modules/@playwright/test/cli.js", "test", "--config=apps/web/playwright.config.ts"], {
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  if (!existsSync(report)) return verdict(false);
  const { stats } = JSON.parse(readFileSync(report, "utf8"));
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: failed === 0 && !passed ? 1 : failed, skipped: stats.skipped };
}
