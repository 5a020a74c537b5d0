import { randomBytes } from "node:crypto";
import type { Logger } from "@pult/api/logger.ts";
import type { Bus } from "@pult/api/realtime/bus.ts";
import { RedisBus } from "./redis-bus.ts";
import { RedisLink, type RedisLinkOptions } from "./redis-link.ts";

export interface TestNode {
  link: RedisLink;
  bus: Bus;
}

/** Two nodes on one Redis, apart from whatever else is there. */
export interface TestBuses {
  here: TestNode;
  there: TestNode;
  prefix: string;
  failures(): unknown[];
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function openBuses(url: string, options: Partial<RedisLinkOptions> = {}): Promise<TestBuses> {
  const prefix = `test:${randomBytes(6).toString("hex")}:`;
  const failures: unknown[] = [];
  const log: Logger = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields) => void failures.push("err" in fields ? fields.err : fields),
  };
  const open = (): TestNode => {
    const link = new RedisLink({ url, log, prefix, ...options });
    return { link, bus: new RedisBus(link, log) };
  };
  const [here, there] = [open(), open()];
  await Promise.all([here.link.tried, there.link.tried]);
  return {
    here,
    there,
    prefix,
    failures: () => failures,
    async settled() {
      await crossed(here.bus, there.bus);
      await crossed(there.bus, here.bus);
    },
    async close() {
      await Promise.all([here.link.close(), there.link.close()]);
    },
  };
}

let crossings = 0;

/** Subscriptions come into force, and messages arrive, in the order they were asked for: so what was before the last is done with it. */
async function crossed(from: Bus, to: Bus): Promise<void> {
  crossings += 1;
  const topic = `crossing ${crossings}`;
  const inForce = gapOf(to, (topics) => topics?.includes(topic) ?? false);
  const heard = Promise.withResolvers<void>();
  const leave = to.subscribeLog(topic, () => heard.resolve());
  await inForce;
  from.publishLog(topic, [{ epoch: "e", offset: 1, payload: null }]);
  await heard.promise;
  leave();
}

/** Resolves with the first gap that is meant. */
export function gapOf(bus: Bus, isMeant: (topics: readonly string[] | null) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = bus.onGap((topics) => {
    if (!isMeant(topics)) return;
    stop();
    resolve();
  });
  return promise;
}
