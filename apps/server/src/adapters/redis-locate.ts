import { prefixOf, type RedisAddress } from "./redis-address.ts";
import { newRedisClient, type RedisClient } from "./redis-client.ts";
import { withinMs } from "./within-ms.ts";

/** Asks which server is to be connected to now. @throws Error when none can be told within that time by any */
export async function locateServer(address: RedisAddress, patienceMs: number): Promise<string> {
  if (address.kind === "server") return address.url;
  const asked = address.kind === "cluster" ? address.urls : address.sentinels;
  let failure: unknown = new Error("No server is named");
  for (const url of asked) {
    const client = newRedisClient(url);
    client.on("error", () => {});
    try {
      return await withinMs(
        patienceMs,
        client.connect().then(() => askWhere(client, url, address)),
      );
    } catch (error) {
      failure = error;
    } finally {
      if (client.isOpen) client.destroy();
    }
  }
  throw failure;
}

async function askWhere(client: RedisClient, url: string, address: RedisAddress): Promise<string> {
  if (address.kind === "sentinel") {
    const answer = await client.sendCommand<[string, string] | null>([
      "SENTINEL",
      "get-master-addr-by-name",
      address.name,
    ]);
    if (!answer) throw new Error("The sentinel knows no server of this name");
    return `${address.base}${hostOf(answer[0])}:${answer[1]}/${address.database}`;
  }
  const slot = await client.sendCommand<number>(["CLUSTER", "KEYSLOT", prefixOf(address)]);
  const ranges = await client.sendCommand<[number, number, [string | null, number]][]>(["CLUSTER", "SLOTS"]);
  const range = ranges.find(([from, to]) => from <= slot && slot <= to);
  if (!range) throw new Error("The cluster has no server for the keys");
  const there = new URL(url);
  const [host, port] = range[2];
  // A server that was not told its own name is where it was asked.
  if (host) there.hostname = hostOf(host);
  there.port = String(port);
  return there.href;
}

const hostOf = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** A server that has just been demoted would take nothing. @throws Error */
export async function requireMaster(client: RedisClient): Promise<void> {
  const [role] = await client.sendCommand<[string]>(["ROLE"]);
  if (role !== "master") throw new Error("The server is a replica");
}
