import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { withinMs } from "../apps/server/src/adapters/within-ms.ts";
import { FAULTS, type Scene, sceneOf } from "../apps/server/test/soak/faults.ts";
import { Random } from "../apps/server/test/soak/random.ts";
import { isFaultless, type Outcome, printOutcome, watchNodes } from "../apps/server/test/soak/report.ts";
import { openWorld, type World, type WorldOptions } from "../apps/server/test/soak/world.ts";
import { problemsIn } from "../apps/server/test/support/process-stats.ts";
import { findServices } from "./services.ts";

/**
 * Readers and writers on servers of its own, and one fault after the other, by a printed seed, for so many minutes; or until so many Instagram
 * events were acknowledged, with repeats among them, or so many messages were written to twenty linked Telegram accounts. With `--trades` traders in a room take the place of the desk. Exit code 0 only when every event that was acknowledged has reached every reader once and
 * in order.
 */
const USAGE = "npm run soak -- [--minutes 5 [--trades] | --events 100000 | --accounts 50000] [--seed N] [--json]";
/** At most, however slow the machine is. */
const EVENTS_MINUTES = 30;
/** A fault that takes longer than this has gone wrong itself. */
const FAULT_MS = 90_000;
/** What nodes say of Redis and PostgreSQL while these are away. */
const OUTAGE = /redis|CONNECTION_(CLOSED|DESTROYED|ENDED)|57P0[1-3]|ECONNREFUSED|ECONNRESET|EPIPE|ENOENT/i;
/** Time for what only a ping or a heartbeat can heal: 25 s and 8 s, on a busy machine. */
const SETTLE_MS = 90_000;

const { minutes, events, of, seed, json } = readOptions();
const services = await findServices();
Object.assign(process.env, services.env);
const say = json ? () => {} : console.log;
for (const reason of services.missing) say(`Missing — ${reason}`);
say(`Seed ${seed}, ${events === null ? `${minutes} min` : `${events} ${of === "accounts" ? "messages" : "events"}`}`);

// Nothing here may wait for ever, whatever is broken.
const limit = setTimeout(
  () => {
    console.error("The soak did not end in time");
    services.stop();
    process.exit(1);
  },
  minutes * 60_000 + FAULT_MS + SETTLE_MS + 120_000,
);
let faultless = false;
try {
  const { restartPostgres } = services;
  const world = await openWorld({ of, restartPostgres, random: new Random(seed) });
  try {
    const outcome = await soak(world);
    if (json) console.log(JSON.stringify(outcome));
    else printOutcome(outcome);
    faultless = isFaultless(outcome);
  } finally {
    await world.close();
  }
} finally {
  services.stop();
  clearTimeout(limit);
}
process.exit(faultless ? 0 : 1);

async function soak(world: World): Promise<Outcome> {
  say(world.kind);
  const started = Date.now();
  const problems: string[] = [];
  const faults: Record<string, number> = {};
  const watch = watchNodes(world);
  const report = () => {
    const { sent, delivered, lost, repeated, disordered, resumed, recoveredFalse } = world.traffic.checker.report();
    const count = Object.values(faults).reduce((sum, one) => sum + one, 0);
    say(
      `${String(Math.round((Date.now() - started) / 1_000)).padStart(5)} s  sent ${sent}  delivered ${delivered}  outstanding ${lost}  repeated ${repeated}  disordered ${disordered}  resumed ${resumed}/${resumed + recoveredFalse}  faults ${count}  rss ${watch.memory.end.toFixed(0)} MiB`,
    );
  };
  const reporting = setInterval(report, 10_000);
  try {
    const enough = new AbortController();
    if (events !== null) world.traffic.more(events).finally(() => enough.abort());
    const stop = AbortSignal.any([AbortSignal.timeout(minutes * 60_000), enough.signal]);
    const scene = sceneOf(world, new Random(seed), { stop, complain: (problem) => problems.push(problem) });
    await misbehave(scene, { stop, faults });
    for (const line of world.lines) line.inflict({ kind: "pass" });
    const checked = await world.traffic.finish(SETTLE_MS);
    watch.stop();
    problems.push(...(await world.audit()));
    for (const node of world.nodes) problems.push(...problemsIn(node.logs()).filter((line) => !OUTAGE.test(line)));
    if (events !== null && checked.sent < events) problems.push(`${checked.sent} were acknowledged of ${events}`);
    const seconds = Math.round((Date.now() - started) / 1_000);
    return {
      ...checked,
      owed: checked.sent * world.traffic.readersOfEach,
      problems: [...checked.problems, ...problems],
      world: world.kind,
      seed,
      seconds,
      faults,
      rssMiB: watch.memory,
      answerMs: watch.answerTime(),
    };
  } finally {
    watch.stop();
    clearInterval(reporting);
  }
}

async function misbehave(
  scene: Scene,
  { stop, faults }: { stop: AbortSignal; faults: Record<string, number> },
): Promise<void> {
  const possible = FAULTS.filter((fault) => fault.possible(scene.world));
  while (!stop.aborted) {
    await scene.wait(500, 3_000);
    if (stop.aborted) return;
    const fault = scene.random.pick(possible);
    faults[fault.name] = (faults[fault.name] ?? 0) + 1;
    await withinMs(FAULT_MS, fault.inflict(scene), `${fault.name} did not end`);
    for (const node of scene.world.nodes) {
      if (node.running) continue;
      scene.complain(`A node died during: ${fault.name}`);
      await node.restart();
    }
  }
}

interface Options {
  minutes: number;
  of: WorldOptions["of"];
  /** After so many it ends; null is by the minutes. */
  events: number | null;
  seed: number;
  json: boolean;
}

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string" },
        events: { type: "string" },
        accounts: { type: "string" },
        trades: { type: "boolean" },
        seed: { type: "string" },
        json: { type: "boolean" },
      },
    });
    const counted = values.events ?? values.accounts;
    const events = counted === undefined ? null : Number(counted);
    const minutes = Number(values.minutes ?? (events === null ? 5 : EVENTS_MINUTES));
    const seed = Number(values.seed ?? randomInt(2 ** 31));
    if (!(minutes > 0) || !Number.isSafeInteger(seed) || !(events === null || events > 0))
      throw new Error("--minutes, --events, --accounts and --seed are numbers");
    if ([values.events, values.accounts, values.trades].filter(Boolean).length > 1)
      throw new Error("--events, --accounts and --trades are three runs");
    const of = values.trades ? "trades" : values.accounts ? "accounts" : values.events ? "events" : "messages";
    return { minutes, events, of, seed, json: values.json ?? false };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return process.exit(2);
  }
}
