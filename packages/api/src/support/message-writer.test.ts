import type { Database } from "@pult/db/database.ts";
import { describe, expect, it, vi } from "vitest";
import type { Deps } from "../context.ts";
import type { LogFeeds } from "../realtime/log-feeds.ts";
import { createMemoryBus } from "../realtime/memory-bus.ts";
import { createMemoryPresence } from "../realtime/presence.ts";
import { TestLog } from "../testing/test-log.ts";
import { createMessageWriter } from "./message-writer.ts";
import type { NewMessage, WrittenMessage } from "./write.ts";

const WRITE: NewMessage = {
  conversation: { id: 1 },
  kind: "note",
  text: "One of very many",
  author: { id: null, name: "Agent" },
  source: "dashboard",
};

const optionsOf = (db: Database) => ({
  db,
  bus: createMemoryBus(),
  presence: createMemoryPresence(),
  log: new TestLog(),
  feeds: { verify: vi.fn(async () => {}) } as unknown as LogFeeds,
  now: () => new Date(0),
  telegram: null,
  instagram: null,
  config: {} as Deps["config"],
});

describe("createMessageWriter", () => {
  it("rejects a write when 10,000 wait behind a database that hangs, instead of growing", async () => {
    const writer = createMessageWriter(optionsOf({ transaction: () => new Promise(() => {}) } as unknown as Database));
    for (let sent = 0; sent < 10_000; sent++) void writer.write(WRITE);
    await expect(writer.write(WRITE)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });

  it("logs a failed publish and re-reads the logs, so that live readers miss nothing", () => {
    const options = optionsOf({} as Database);
    const appended = new Map([["support.conversation:1", [{ epoch: "e", offset: 1, payload: null }]]]);
    options.bus.publishLog = () => {
      throw new Error("the bus is broken");
    };
    createMessageWriter(options).publish([{ appended, owes: false } as unknown as WrittenMessage]);
    expect(options.log.takeErrors("Failed to publish")).toHaveLength(1);
    expect(options.feeds.verify).toHaveBeenCalledOnce();
  });
});
