import { setTimeout as wait } from "node:timers/promises";
import { io, type Socket } from "socket.io-client";
import type { Centre, CentreOrder, People } from "./chats/centre.ts";
import type { GramjsOrder } from "./chats/gramjs.ts";
import type { NodeOrder } from "./chats/node.ts";
import {
  argument,
  type Child,
  freshDatabase,
  json,
  LIFTED,
  median,
  percentiles,
  services,
  startChild,
  temporaryDirectory,
} from "./setup.ts";

/**
 * Linked Telegram accounts beside gramjs alone, both against the simulated data centre: pages of history, new messages stored and told to a
 * stock Socket.IO client, search over many stored messages beside the bare SQL, and what linked accounts cost that do nothing.
 * `--messages=N` stored for the search, `--burst=N` new messages, `--accounts=N`, `--seconds=N` of idleness, `--json`.
 */
const stored = argument("messages", 1_000_000);
const burst = argument("burst", 5_000);
const accounts = argument("accounts", 100);
const seconds = argument("seconds", 20);
const PAGE = 50;
const PAGES = 400;
const KEY = `pult_${"k".repeat(43)}`;

const { TEST_DATABASE_URL: url } = await services();
if (!url) {
  console.error("This needs PostgreSQL (initdb on PATH, or TEST_DATABASE_URL)");
  process.exit(1);
}
const centre = startChild("./chats/centre.ts");
const place = await centre.answer<Centre>();
const node = startChild("./chats/node.ts", [], {
  env: {
    ...LIFTED,
    ...{ DATABASE_URL: await freshDatabase(url), DATA_DIR: temporaryDirectory(), PULT_ADMIN_KEY: KEY },
    ...{ TELEGRAM_API_ID: "1", TELEGRAM_API_HASH: "0".repeat(32), LIMIT_SIGN_IN_PER_15_MIN: "0" },
    ...{ TELEGRAM_DC: place.address, TELEGRAM_DC_KEY: place.publicKeyPem, LIMIT_KEY_PER_MINUTE: "0" },
  },
  execArgv: [...process.execArgv, "--expose-gc"],
});
const bare = startChild("./chats/gramjs.ts");
const far = startChild("./chats/gramjs.ts");
const { port } = await node.answer<{ port: number }>();
const origin = `http://127.0.0.1:${port}`;
const ask = <Answer>(child: Child, order: CentreOrder | GramjsOrder | NodeOrder) => child.ask<Answer>(order);

try {
  await run();
} finally {
  await Promise.all([bare.end(), far.end(), node.end(), centre.end()]);
}
process.exit(0);

async function run(): Promise<void> {
  const { personId, accounts: three } = await ask<People>(centre, { do: "people", accounts: 3 });
  const [ours, theirs, distant] = three;
  if (!ours || !theirs || !distant) throw new Error("There are no accounts");
  for (const { accountId: to } of three) await ask(centre, { do: "burst", from: personId, to, count: 1_000 });
  const accountId = await link(ours);
  await signIn(bare, theirs, place.address);
  await signIn(far, distant, place.farAddress);

  const history = { accountId, chatId: String(personId) };
  await compareHistory(history);
  await compareUpdates({ personId, ours: ours.accountId, theirs: theirs.accountId });
  await measureSearch(history);
  await measureIdle();
}

async function signIn(client: Child, { phone, accountId }: People["accounts"][number], address: string): Promise<void> {
  await ask(client, { do: "connect", phone, address, publicKeyPem: place.publicKeyPem });
  const { code } = await ask<{ code: string }>(centre, { do: "code", accountId });
  await ask(client, { do: "signIn", code });
}

interface Answer {
  sessionId?: string;
  status?: string;
}

async function call(path: string, body: object): Promise<Answer> {
  const response = await fetch(`${origin}/api/telegram/${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

async function link({ phone, accountId }: People["accounts"][number]): Promise<string> {
  const { sessionId = "" } = await call("auth/init", {});
  await call("auth/request-code", { sessionId, phoneNumber: phone });
  const { code } = await ask<{ code: string }>(centre, { do: "code", accountId });
  await call("auth/sign-in", { sessionId, code });
  for (;;) {
    const response = await fetch(`${origin}/api/telegram/sessions/${sessionId}`, {
      headers: { Authorization: `Bearer ${KEY}` },
    });
    const { data } = (await response.json()) as { data: { health: { connection: string } } };
    if (data.health.connection === "connected") return sessionId;
    await wait(50);
  }
}

async function compareHistory(history: { accountId: string; chatId: string }): Promise<void> {
  const pages = { limit: PAGE, count: PAGES };
  // Once, so that all of it is stored.
  await ask(node, { do: "pages", ...history, ...pages });
  const runs = { store: [] as number[], near: [] as number[], far: [] as number[] };
  for (let round = 0; round < 3; round++) {
    for (const [name, child, order] of [
      ["store", node, { do: "pages", ...history, ...pages }],
      ["near", bare, { do: "pages", ...pages }],
      ["far", far, { do: "pages", ...pages, count: PAGES / 8 }],
    ] as const) {
      const { seconds: took } = await ask<{ seconds: number }>(child, order);
      runs[name].push(order.count / took);
    }
  }
  const [store = 0, near = 0, away = 0] = [runs.store, runs.near, runs.far].map((run) => median(run));
  const rate = `pages of ${PAGE} a second: store ${store.toFixed(0)}, gramjs on this machine ${near.toFixed(0)}  × ${(store / near).toFixed(1)}`;
  const line = `${rate}, 40 ms away ${away.toFixed(0)}  × ${(store / away).toFixed(1)}`;
  show({ what: "history", store, near, away, ratio: store / near, ratioAway: store / away }, line);
}

interface Pair {
  personId: number;
  ours: number;
  theirs: number;
}

/** From the order to the last message, each in turn. */
async function compareUpdates({ personId, ours, theirs }: Pair): Promise<void> {
  const socket = io(origin, { path: "/api/telegram/socket", transports: ["websocket"], auth: { token: KEY } });
  await new Promise((resolve) => socket.once("connect", () => resolve(null)));
  const runs = { told: [] as number[], gramjs: [] as number[] };
  for (let round = 0; round < 3; round++) {
    const told = untilTold(socket);
    runs.told.push(burst / (await timeBurst({ from: personId, to: ours }, () => told)));
    await ask(bare, { do: "expect", count: burst });
    const arrival = async () => (await ask<{ at: number }>(bare, { do: "until", count: burst })).at;
    runs.gramjs.push(burst / (await timeBurst({ from: personId, to: theirs }, arrival)));
  }
  socket.close();
  const [told, gramjs] = [median(runs.told), median(runs.gramjs)];
  const line = `new messages a second: stored and told ${told.toFixed(0)}, gramjs alone ${gramjs.toFixed(0)}  × ${(told / gramjs).toFixed(2)}`;
  show({ what: "updates", told, gramjs, ratio: told / gramjs }, line);
}

/** @param arrival Unix ms at which the last has come @returns seconds */
async function timeBurst(way: { from: number; to: number }, arrival: () => Promise<number>): Promise<number> {
  const began = performance.timeOrigin + performance.now();
  const arrived = arrival();
  await ask(centre, { do: "burst", ...way, count: burst });
  return ((await arrived) - began) / 1_000;
}

/** @returns Unix ms at which all have come, each once and in order */
function untilTold(socket: Socket): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let told = 0;
  let last = 0;
  const hear = ({ message }: { message: { id: string } }) => {
    if (Number(message.id) <= last) reject(new Error(`${message.id} was told after ${last}`));
    last = Number(message.id);
    if (++told === burst) resolve(performance.timeOrigin + performance.now());
  };
  socket.on("newMessage", hear);
  const late = setTimeout(() => reject(new Error(`${told} of ${burst} were told`)), 120_000);
  return promise.finally(() => {
    clearTimeout(late);
    socket.off("newMessage", hear);
  });
}

async function measureSearch(history: { accountId: string; chatId: string }): Promise<void> {
  await ask(node, { do: "fill", ...history, messages: stored });
  const queries = Array.from({ length: 20 }, (_, at) => (at % 4 === 3 ? `some${at}` : `rare${at * 411 + 1_000}`));
  const order = { do: "search", accountId: history.accountId, queries, limit: 30 } as const;
  await ask(node, { ...order, rounds: 2 });
  const { bare: sqlMs, service } = await ask<{ bare: number[]; service: number[] }>(node, { ...order, rounds: 40 });
  const [sql50 = 0, sql99 = 0] = percentiles(sqlMs, [0.5, 0.99]);
  const [p50 = 0, p99 = 0] = percentiles(service, [0.5, 0.99]);
  const line = `search of ${stored} messages: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, bare SQL ${sql50.toFixed(1)} and ${sql99.toFixed(1)} ms  × ${(p99 / sql99).toFixed(2)}`;
  show({ what: "search", p50, p99, sql50, sql99, ratio: p99 / sql99 }, line);
}

interface Usage {
  cpuMicros: number;
  rss: number;
  at: number;
}

async function measureIdle(): Promise<void> {
  const { accounts: more } = await ask<People>(centre, { do: "people", accounts });
  const before = await idle();
  for (const account of more) await link(account);
  const after = await idle();
  const kilobytes = (after.rss - before.rss) / accounts / 1_024;
  const micros = (after.cpu - before.cpu) / accounts;
  const line = `${accounts} idle accounts: ${kilobytes.toFixed(0)} KB and ${(micros / 1_000).toFixed(2)} ms of CPU a second for each (${((after.cpu / 1e6) * 100).toFixed(1)} % of a core in all)`;
  show({ what: "idle", kilobytes, cpuMicrosPerSecond: micros, all: after.cpu }, line);
}

/** CPU a second while nothing happens, in microseconds. */
async function idle(): Promise<{ rss: number; cpu: number }> {
  await wait(3_000);
  const begin = await ask<Usage>(node, { do: "usage" });
  await wait(seconds * 1_000);
  const end = await ask<Usage>(node, { do: "usage" });
  return { rss: end.rss, cpu: (end.cpuMicros - begin.cpuMicros) / ((end.at - begin.at) / 1_000) };
}

function show(figures: object, line: string): void {
  console.log(json ? JSON.stringify(figures) : line);
}
