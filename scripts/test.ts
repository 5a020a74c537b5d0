import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { buildEnv, buildIfChanged } from "./build.ts";
import { findServices } from "./services.ts";

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface Failure {
  file: string;
  test: string;
  reason: string;
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
  run(given: Run): Promise<Tally & { failures?: Failure[] }>;
}

/** The Node side is one program, the pages another, and so are their tests, which see a browser and Node. */
const PROGRAMS = [".", "apps/web", "apps/web/test"];
const BIOME = ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."];

/** Steps of one row run side by side. Types come before the build, which rewrites files that they read. */
const ROWS: Step[][] = [
  [
    { name: "Types", quick: true, run: typecheck },
    { name: "Lint", quick: true, run: async ({ env }) => verdict(await run(BIOME, env)) },
  ],
  [{ name: "Build", quick: false, run: async () => verdict(await buildIfChanged(["server", "web"])) }],
  [{ name: "Unit, service, wire and server", quick: true, run: vitest }],
  [{ name: "Browser", quick: false, run: playwright }],
];

/** No server is started, no socket opened, no whole database copied or read through; the sandbox is tested by what uses it. */
const QUICK = [
  "--project=source",
  ...["apps/server/**", "packages/{db,sandbox}/**", "**/{backup,people,vault}/**", "**/migrat*.test.ts"].map(
    (glob) => `--exclude=${glob}`,
  ),
];

/** Everything, each step to its end; the last line counts. */
export async function runTests(args: string[]): Promise<number> {
  const quick = args.includes("--quick");
  const services = await findServices({ durable: false });
  const reports = mkdtempSync(join(tmpdir(), "pult-reports-"));
  const total: Tally = { passed: 0, failed: 0, skipped: 0 };
  const failures: Failure[] = [];
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
        failures.push(...(tally.failures ?? []));
      }
    }
  } finally {
    services.stop();
    rmSync(reports, { recursive: true, force: true });
  }
  print("Failed twice", failures);
  console.log(
    `\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`,
  );
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

async function runStep({ name, run }: Step, given: Run): ReturnType<Step["run"]> {
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
  // One checker each: the programs share the cores already, and further checkers of one program repeat much of its work.
  const passed = await Promise.all(
    PROGRAMS.map((program) => run([tsc, "--noEmit", "--checkers", "1", "-p", program], env)),
  );
  return { passed: passed.filter(Boolean).length, failed: passed.filter((one) => !one).length, skipped: 0 };
}

/** What a runner's report says. */
interface Report extends Tally {
  failures: Failure[];
}

/**
 * Runs tests, then once more by themselves those that failed: what only a busy machine breaks passes then. Both are printed, so that neither
 * is overlooked, and a test that fails twice has failed.
 */
async function runTwice(
  first: () => Promise<Report>,
  again: (failures: readonly Failure[]) => Promise<Report>,
): Promise<Report> {
  const report = await first();
  if (report.failures.length === 0) return report;
  print("Failed, and run again by themselves", report.failures);
  const second = await again(report.failures);
  return {
    failures: second.failures,
    passed: report.passed + Math.max(0, report.failed - second.failed),
    failed: second.failed,
    skipped: report.skipped,
  };
}

function print(title: string, failures: readonly Failure[]): void {
  if (failures.length === 0) return;
  console.log(`\n── ${title}:`);
  for (const { file, test, reason } of failures) console.log(`   ${file} › ${test}\n      ${reason}`);
  console.log();
}

const firstLines = (text: string): string => text.split("\n").slice(0, 3).join("\n      ");

async function vitest({ env, quick, reports }: Run): Promise<Report> {
  const report = join(reports, "vitest.json");
  const runFiles = async (files: readonly string[]) => {
    rmSync(report, { force: true });
    const output = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const passed = await run(
      ["node_modules/vitest/vitest.mjs", "run", ...output, ...(quick ? QUICK : []), ...files],
      env,
    );
    return readVitest(report, passed);
  };
  return runTwice(
    () => runFiles([]),
    (failures) => runFiles([...new Set(failures.map(({ file }) => file))]),
  );
}

interface VitestFile {
  name: string;
  status: string;
  message: string;
  assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
}

function readVitest(path: string, passed: boolean): Report {
  if (!existsSync(path)) return { ...verdict(false), failures: [] };
  const report = JSON.parse(readFileSync(path, "utf8"));
  const failures = (report.testResults as VitestFile[])
    .filter(({ status }) => status === "failed")
    .flatMap(({ name, message, assertionResults }): Failure[] => {
      const file = relative(process.cwd(), name);
      const failed = assertionResults.filter(({ status }) => status === "failed");
      // A file that does not even load fails no test of its own.
      if (failed.length === 0) return [{ file, test: "(the file itself)", reason: firstLines(message) }];
      return failed.map(({ fullName, failureMessages: [reason = ""] }) => ({
        file,
        test: fullName,
        reason: firstLines(reason),
      }));
    });
  const failed = Math.max(failures.length, report.numFailedTests, passed ? 0 : 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + report.numTodoTests, failures };
}

async function playwright({ env, reports }: Run): Promise<Report> {
  if (!env.CHROMIUM_PATH) {
    console.log("   skipped: Chromium is missing");
    return { passed: 0, failed: 0, skipped: 1, failures: [] };
  }
  const report = join(reports, "playwright.json");
  const runSpecs = async (args: readonly string[]) => {
    rmSync(report, { force: true });
    const config = ["test", "--config=apps/web/playwright.config.ts"];
    const passed = await run(["node_modules/@playwright/test/cli.js", ...config, ...args], {
      ...env,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
    });
    return readPlaywright(report, passed);
  };
  return runTwice(
    () => runSpecs([]),
    () => runSpecs(["--last-failed", "--workers=1"]),
  );
}

interface Suite {
  suites?: Suite[];
  specs?: {
    title: string;
    file: string;
    line: number;
    ok: boolean;
    tests: { results: { error?: { message?: string } }[] }[];
  }[];
}

const specsOf = ({ suites = [], specs = [] }: Suite): NonNullable<Suite["specs"]> => [
  ...specs,
  ...suites.flatMap(specsOf),
];

function readPlaywright(path: string, passed: boolean): Report {
  if (!existsSync(path)) return { ...verdict(false), failures: [] };
  const report = JSON.parse(readFileSync(path, "utf8"));
  const failures = specsOf(report)
    .filter(({ ok }) => !ok)
    .map(({ file, line, title, tests }) => ({
      file: `apps/web/test/${file}:${line}`,
      test: title,
      reason: firstLines(tests[0]?.results[0]?.error?.message ?? ""),
    }));
  const { stats } = report;
  const failed = Math.max(stats.unexpected, passed ? 0 : 1);
  return { passed: stats.expected, failed, skipped: stats.skipped, failures };
}
