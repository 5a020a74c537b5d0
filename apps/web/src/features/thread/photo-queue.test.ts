import * as schema from "@pult/api/support/schema.ts";
import { describe, expect, it } from "vitest";
import { type Failure, sendFailure } from "../../trpc/failure.ts";
import { messageFixture } from "../support/testing.ts";
import { MAX_PHOTO_BYTES, MAX_PHOTOS, MAX_TEXT_LENGTH } from "./limits.ts";
import { type KeptMessage, PhotoQueue } from "./photo-queue.ts";

class Refused extends Error {
  readonly kind: Failure["kind"];
  constructor(kind: Failure["kind"]) {
    super(kind);
    this.kind = kind;
  }
}

function setUp(kept: KeptMessage[] = []) {
  const store = new Map(kept.map((item) => [item.clientId, item]));
  const world = {
    refusal: null as Failure["kind"] | null,
    sent: [] as string[],
    uploads: 0,
    timers: [] as (() => void)[],
  };
  const answer = () => {
    if (world.refusal) throw new Refused(world.refusal);
  };
  const queue = new PhotoQueue({
    async upload(_file, name): Promise<schema.Photo> {
      answer();
      world.uploads++;
      return {
        id: `photo ${name}`,
        url: "",
        thumbUrl: "",
        width: 1,
        height: 1,
        contentType: "image/png",
        sizeBytes: 1,
      };
    },
    async send({ clientId, text, photoIds }) {
      answer();
      world.sent.push([clientId, text, ...photoIds].join(" "));
      return messageFixture(world.sent.length, { clientId });
    },
    toFailure: (error) =>
      sendFailure({
        kind: error instanceof Refused ? error.kind : "server",
        key: null,
        params: {},
        retryAfterSeconds: null,
      }),
    onUploaded: () => {},
    onSent: () => {},
    onFailed: () => {},
    storage: {
      put: async (item) => void store.set(item.clientId, item),
      remove: async (clientId) => void store.delete(clientId),
      all: async () => [...store.values()],
    },
    previewOf: () => "blob:",
    setTimer: (run) => void world.timers.push(run),
  });
  return { queue, world, store };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const text = (clientId: string) => ({
  clientId,
  text: clientId,
  photos: [],
  createdAt: `2026-11-01T10:00:0${clientId}Z`,
});

describe("PhotoQueue", () => {
  it("sends in order and forgets what arrived", async () => {
    const { queue, world, store } = setUp();
    queue.write(text("1"));
    queue.write(text("2"));
    await settle();
    expect(world.sent).toEqual(["1 1", "2 2"]);
    expect(queue.snapshot()).toEqual([]);
    expect(store.size).toBe(0);
  });

  it("waits without a connection and repeats under the same client id", async () => {
    const { queue, world, store } = setUp();
    world.refusal = "offline";
    queue.write(text("1"));
    await settle();
    expect(queue.snapshot()).toMatchObject([{ clientId: "1", state: "waiting" }]);
    expect(store.size).toBe(1);
    world.refusal = null;
    for (const run of world.timers) run();
    await settle();
    expect(world.sent).toEqual(["1 1"]);
  });

  it("leaves what was refused for a person, and lets the next one through", async () => {
    const { queue, world } = setUp();
    world.refusal = "invalid";
    queue.write(text("1"));
    await settle();
    expect(queue.snapshot()).toMatchObject([{ state: "failed" }]);
    world.refusal = null;
    queue.write(text("2"));
    await settle();
    expect(world.sent).toEqual(["2 2"]);
    queue.retry("1");
    await settle();
    expect(world.sent).toEqual(["2 2", "1 1"]);
  });

  it("uploads photos before the message, each once", async () => {
    const { queue, world } = setUp();
    const photos = ["a.png", "b.png"].map((name) => ({ file: new Blob([name]), name, width: 0, height: 0 }));
    queue.write({ clientId: "1", text: "", photos, createdAt: "2026-11-01T10:00:00Z" });
    await settle();
    expect(world.sent).toEqual(["1  photo a.png photo b.png"]);
    expect(world.uploads).toBe(2);
  });

  it("takes up what an earlier visit left, with the photos already uploaded", async () => {
    const photos = [{ file: new Blob(["a"]), name: "a.png", width: 0, height: 0, uploadedId: "photo 9" }];
    const { queue, world } = setUp([{ clientId: "1", text: "x", createdAt: "2026-11-01T10:00:00Z", photos }]);
    await queue.restore();
    await settle();
    expect(world.sent).toEqual(["1 x photo 9"]);
    expect(world.uploads).toBe(0);
  });

  it("drops what the log says has arrived", async () => {
    const { queue, world } = setUp();
    world.refusal = "offline";
    queue.write(text("1"));
    await settle();
    queue.confirm({ clientId: "1" });
    expect(queue.snapshot()).toEqual([]);
  });
});

it("has the server's limits", () => {
  expect([MAX_PHOTOS, MAX_PHOTO_BYTES, MAX_TEXT_LENGTH]).toEqual([
    schema.MAX_PHOTOS,
    schema.MAX_PHOTO_BYTES,
    schema.MAX_TEXT_LENGTH,
  ]);
});
