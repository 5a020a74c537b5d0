import { pause } from "@pult/api/pause.ts";
import { beginConversation } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { frame, openFrames } from "../support/raw-frames.ts";
import { follow, openRawAs, stopOf } from "../support/raw-socket.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** One thing that goes wrong, and is over when its promise resolves. */
export interface Fault {
  name: string;
  /** Whether it can happen in this world. */
  possible(world: World): boolean;
  inflict(scene: Scene): Promise<void>;
}

export interface Scene {
  world: World;
  random: Random;
  /** Milliseconds between two bounds, by the seed. */
  wait(fromMs: number, toMs: number): Promise<void>;
  /** Something that must not be, for the report. */
  complain(problem: string): void;
}

export const sceneOf = (
  world: World,
  random: Random,
  { stop, complain }: { stop: AbortSignal; complain(problem: string): void },
): Scene => ({
  world,
  random,
  complain,
  wait: (fromMs, toMs) => pause(random.between(fromMs, toMs), stop),
});

/** Longer than a ping and the wait for its answer, 25 s and 8 s. */
const HALF_OPEN_MS = 45_000;

const always = () => true;
const withTelegram = ({ telegram }: World) => telegram !== null;
const withRedis = ({ redis }: World) => redis !== null;

/** Takes one node down, lets its clients find the other meanwhile, and brings it back. */
async function restart({ world, random, wait, complain }: Scene, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const at = Math.floor(random.between(0, world.nodes.length));
  const [node, line] = [world.nodes[at], world.lines[at]];
  if (!node || !line) return;
  const other = world.nodes.find((one) => one !== node);
  line.target(other?.port ?? null);
  node.signal(signal);
  const code = await node.exited();
  if (signal === "SIGTERM" && code !== 0) complain(`a node ended with ${code} after SIGTERM`);
  await wait(0, 2_000);
  await node.restart();
  line.target(node.port);
  // Clients that stand on the other node stay there half of the time.
  if (random.between(0, 1) < 0.5) line.resetAll();
}

async function onLine(
  { world, random, wait }: Scene,
  fault: Parameters<World["lines"][number]["inflict"]>[0],
): Promise<void> {
  const line = random.pick(world.lines);
  line.inflict(fault);
  await wait(1_000, 6_000);
  line.inflict({ kind: "pass" });
}

async function slowReaders({ world, random, wait }: Scene): Promise<void> {
  const node = random.pick(world.nodes);
  const user = random.pick(world.users);
  const conversationId = await beginConversation(node, user);
  const sockets = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const slow = await openFrames(node.port, "/trpc", { authorization: `Bearer ${ADMIN_KEY}` });
      slow.socket.on("error", () => {});
      slow.socket.write(frame(JSON.stringify(follow(1, "support.onConversation", { conversationId }))));
      slow.socket.pause();
      return slow.socket;
    }),
  );
  await wait(2_000, 5_000);
  for (const socket of sockets) socket.destroy();
}

async function churn({ world, random, wait }: Scene): Promise<void> {
  const node = random.pick(world.nodes);
  const userId = random.pick(world.users);
  const stop = new AbortController();
  const churners = Array.from({ length: 10 }, async () => {
    while (!stop.signal.aborted) {
      const raw = await openRawAs(node, ADMIN_KEY);
      for (let id = 1; id <= 20; id++) {
        await raw.follow(id, "support.onMessage", { userId });
        raw.send(stopOf(id));
      }
      raw.socket.terminate();
    }
  });
  await wait(1_000, 4_000);
  stop.abort();
  await Promise.all(churners);
}

export const FAULTS: readonly Fault[] = [
  { name: "kill -9", possible: always, inflict: (scene) => restart(scene, "SIGKILL") },
  { name: "SIGTERM", possible: always, inflict: (scene) => restart(scene, "SIGTERM") },
  {
    name: "Redis killed",
    possible: withRedis,
    async inflict({ world, wait }) {
      await world.redis?.kill();
      await wait(500, 5_000);
      await world.redis?.start();
    },
  },
  {
    name: "Redis hung",
    possible: withRedis,
    async inflict({ world, wait }) {
      world.redis?.freeze();
      await wait(500, 8_000);
      world.redis?.thaw();
    },
  },
  {
    name: "PostgreSQL restarted",
    possible: ({ restartDatabase }) => restartDatabase !== null,
    inflict: async ({ world }) => world.restartDatabase?.(),
  },
  { name: "black hole", possible: always, inflict: (scene) => onLine(scene, { kind: "blackHole" }) },
  {
    name: "half-open",
    possible: always,
    async inflict({ world, random }) {
      for (const connection of random.pick(world.lines).connections) {
        connection.inflict({ kind: "blackHole" });
        // The product's client has noticed by then; for a client that sends no pings, the system time-out ends it.
        setTimeout(() => connection.reset(), HALF_OPEN_MS).unref();
      }
    },
  },
  {
    name: "cut in a frame",
    possible: always,
    async inflict({ world, random }) {
      random.pick(world.lines).cutAllInFrame();
    },
  },
  {
    name: "reset",
    possible: always,
    async inflict({ world, random }) {
      random.pick(world.lines).resetAll();
    },
  },
  {
    name: "throttled",
    possible: always,
    inflict: (scene) => onLine(scene, { kind: "throttle", bytesPerSecond: 20_000 }),
  },
  {
    name: "delayed",
    possible: always,
    inflict: (scene) => onLine(scene, { kind: "delay", ms: scene.random.between(20, 400) }),
  },
  {
    name: "Telegram cut",
    possible: withTelegram,
    async inflict({ world }) {
      world.telegram?.actions.connections("drop");
    },
  },
  {
    name: "Telegram hung",
    possible: withTelegram,
    async inflict({ world }) {
      world.telegram?.actions.connections("freeze");
    },
  },
  { name: "slow readers", possible: always, inflict: slowReaders },
  { name: "churn", possible: always, inflict: churn },
];
