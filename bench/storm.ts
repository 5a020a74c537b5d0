import { argument, freshDatabase, json, LIFTED, services, startChild } from "./setup.ts";
import type { Order, Returned } from "./storm/client.ts";

/**
 * Ten thousand users of the Mini App whose connections break at once. Alerts are published while they are away, and while they return: how
 * long until each was told all of them, and whether any was lost or told twice. `--sockets=N`, `--json`.
 */
const sockets = argument("sockets", 10_000);
const KEY = `pult_${"a".repeat(43)}`;
const LIVE_EVERY_MS = 250;

const { TEST_DATABASE_URL: url } = await services();
const database = url ? { DATABASE_URL: await freshDatabase(url) } : {};
const server = startChild("./fanout/server.ts", ["miniApp"], { env: { ...LIFTED, ...database, PULT_ADMIN_KEY: KEY } });
const client = startChild("./storm/client.ts");
try {
  const { port } = await server.answer<{ port: number }>();
  const order = <Answer>(what: Order) => client.ask<Answer>(what);
  const publish = (name: string) => publishAlert(port, name);
  await order({ do: "open", port, sockets });
  await publish("before");
  await order({ do: "await", names: ["before"] });
  await pause(3_000);
  await order({ do: "cut" });
  await pause(3_000);
  const away = ["away 1", "away 2", "away 3"];
  for (const name of away) await publish(name);
  const live = ["live 1", "live 2", "live 3"];
  const returned = order<Returned>({ do: "return", names: [...away, ...live] });
  for (const name of live) {
    await pause(LIVE_EVERY_MS);
    await publish(name);
  }
  show(await returned);
} finally {
  await Promise.all([client.end(), server.end()]);
}

async function publishAlert(port: number, name: string): Promise<void> {
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const alert = { type: "halftime-ghost", name, marketId: "NBA29381", confidence: 0.94, ev: 8.7, sport: "basketball" };
  const answer = await fetch(`http://127.0.0.1:${port}/trpc/notifications.liveAlerts.publish`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ ...alert, expiresAt }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function show({ backMs, p50, p99, lost, twice }: Returned): void {
  const row = { sockets, backSeconds: Number((backMs / 1_000).toFixed(2)), p50: Math.round(p50), p99: Math.round(p99) };
  if (json) console.log(JSON.stringify({ ...row, lost, twice }));
  else
    console.log(
      `${sockets} users back in ${row.backSeconds} s  p50 ${row.p50} ms  p99 ${row.p99} ms  lost ${lost}  twice ${twice}`,
    );
}
