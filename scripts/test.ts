import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildEnv, buildIfChanged, turboBin } from "./build.ts";
import { findServices } from "./services.ts";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Step {
  name: string;
  /** Part of the quick run, `npm test -- --quick`: no build, no browser. */
  quick: boolean;
  run(env: NodeJS.ProcessEnv, reports: string): Tally;
}

const WORKSPACES = ["@pult/db", "@pult/api", "@pult/sandbox", "@pult/server", "@pult/web"];

const STEPS: Step[] = [
  { name: "Types", quick: true, run: (env) => typecheck(env) },
  {
    name: "Lint",
    quick: true,
    run: (env) => verdict(run(["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."], env)),
  },
  {
    name: "Unit, service, wire and server",
    quick: true,
    run: (env, reports) => vitest(env, join(reports, "vitest.json")),
  },
  { name: "Browser", quick: false, run: (env, reports) => playwright(env, join(reports, "playwright.json")) },
];

/** Everything, in order, each step to its end; the last line counts. */
export async function runTests(args: string[]): Promise<number> {
  const quick = args.includes("--quick");
  const services = await findServices();
  const reports = mkdtempSync(join(tmpdir(), "pult-reports-"));
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const reason of services.missing) console.log(`Missing — ${reason}`);
    if (services.missing.length > 0 && process.env.CI === "true") {
      console.error("With CI=true nothing may be missing.");
      return 1;
    }
    if (!quick) buildIfChanged(["server", "web"]);
    const env = { ...buildEnv(), ...services.env, NODE_ENV: "test" };
    for (const step of STEPS) {
      if (quick && !step.quick) continue;
      console.log(`\n── ${step.name}`);
      const started = performance.now();
      const tally = step.run(env, reports);
      total.passed += tally.passed;
      total.failed += tally.failed;
      total.skipped += tally.skipped;
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`   ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped in ${seconds} s`);
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

function run(args: string[], env: NodeJS.ProcessEnv): boolean {
  return spawnSync(process.execPath, args, { stdio: "inherit", env }).status === 0;
}

const verdict = (passed: boolean): Tally => ({ passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 });

function typecheck(env: NodeJS.ProcessEnv): Tally {
  const passed = run([turboBin(), "run", "typecheck", "--ui=stream", "--output-logs=errors-only", "--continue"], env);
  return passed ? { passed: WORKSPACES.length, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

function vitest(env: NodeJS.ProcessEnv, report: string): Tally {
  const passed = run(
    ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    env,
  );
  if (!existsSync(report)) return verdict(false);
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"));
  // A file that does not even load fails no test of its own.
  const failed = numFailedTests === 0 && !passed ? 1 : numFailedTests;
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

function playwright(env: NodeJS.ProcessEnv, report: string): Tally {
  if (!env.CHROMIUM_PATH) {
    console.log("   skipped: Chromium is missing");
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const passed = run(["node_modules/@playwright/test/cli.js", "test", "--config=apps/web/playwright.config.ts"], {
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_FILE: report,
  });
  if (!existsSync(report)) return verdict(false);
  const { stats } = JSON.parse(readFileSync(report, "utf8"));
  const failed = stats.unexpected + stats.flaky;
  return { passed: stats.expected, failed: failed === 0 && !passed ? 1 : failed, skipped: stats.skipped };
}
