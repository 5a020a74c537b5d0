import { existsSync } from "node:fs";
import { runBench } from "./bench.ts";
import { buildIfChanged } from "./build.ts";
import { runTests } from "./test.ts";

const [command, ...rest] = process.argv.slice(2);

/** What `npm start` and `npm run dev` turn on, unless the environment says otherwise. */
const TRIAL = { SANDBOX: "1", DEMO: "1" };

switch (command) {
  case "start":
    await build(["server", "web"]);
    node(["apps/server/dist/bin/main.js", "--web", ...rest], { ...TRIAL, NODE_ENV: "production" });
    break;
  case "dev":
    node(["--watch", "apps/server/src/main.ts", "--web", "--dev", ...rest], { ...TRIAL, NODE_ENV: "development" });
    break;
  case "server":
    await build(rest.includes("--web") ? ["server", "web"] : ["server"]);
    node(["apps/server/dist/bin/main.js", ...rest], { NODE_ENV: "production" });
    break;
  case "server:deno":
    if (!existsSync("node_modules/deno/deno")) fail("Deno is not installed: node_modules/deno is missing");
    if (rest.includes("--web")) await build(["web"]);
    become("node_modules/deno/deno", ["run", "-A", "--no-check", "--quiet", "apps/server/src/main.ts", ...rest], {
      NODE_ENV: "production",
    });
    break;
  case "test":
    process.exit(await runTests(rest));
    break;
  case "bench":
    process.exit(await runBench(rest));
    break;
  case "admin":
    node(["apps/server/src/admin/main.ts", ...rest], {});
    break;
  case "soak":
    await build(["server"]);
    node(["scripts/soak.ts", ...rest], {});
    break;
  default:
    fail(`Unknown command ${command ?? ""}: start, dev, server, server:deno, admin, test, bench or soak`);
}

async function build(targets: Parameters<typeof buildIfChanged>[0]): Promise<void> {
  if (!(await buildIfChanged(targets))) fail("The build failed");
}

function node(args: string[], defaults: Record<string, string>): never {
  return become(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], defaults);
}

/** Turns this process into another, so that signals and exit codes need no go-between. */
function become(file: string, args: string[], defaults: Record<string, string>): never {
  const env = { ...defaults, ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  if (!process.execve) fail("This system cannot replace a process; run the command under Linux or macOS");
  return process.execve(file, [file, ...args], env as NodeJS.ProcessEnv);
}

function fail(reason: string): never {
  console.error(reason);
  process.exit(2);
}
