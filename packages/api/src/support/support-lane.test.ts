import type { Database } from "@pult/db/database.ts";
import { expect, it } from "vitest";
import { createMemoryBus } from "../realtime/memory-bus.ts";
import { createMemoryPresence } from "../realtime/presence.ts";
import { createSupportLane } from "./support-lane.ts";
import type { MessageWrite } from "./write.ts";

const WRITE: MessageWrite = {
  conversation: { id: 1 },
  kind: "note",
  text: "One of very many",
  photoIds: [],
  ownerRef: "",
  author: { id: null, name: "Agent" },
  source: "dashboard",
  clientId: null,
  contentHash: null,
  replyToId: null,
  change: null,
  origin: null,
};

it("a lane behind a database that hangs refuses what is one too many, in words, instead of growing", async () => {
  const hanging = { transaction: () => new Promise(() => {}) } as unknown as Database;
  const lane = createSupportLane({
    db: hanging,
    bus: createMemoryBus(),
    presence: createMemoryPresence(),
    now: () => new Date(0),
    legs: { group: false, telegram: false, pushDelayMs: 0 },
  });
  for (let sent = 0; sent < 10_000; sent++) void lane.write(WRITE);
  await expect(lane.write(WRITE)).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
