import * as schema from "@pult/api/support/schema.ts";
import { expect, it } from "vitest";
import { messageFixture } from "../support/testing.ts";
import { MAX_PHOTO_BYTES, MAX_PHOTOS, MAX_TEXT_LENGTH } from "./limits.ts";
import { type KeptMessage, PhotoQueue } from "./photo-queue.ts";

function setUp(kept: KeptMessage[] = []) {
  const store = new Map(kept.map((item) => [item.clientId, item]));
  const [uploaded, sent]: [string[], string[]] = [[], []];
  const queue = new PhotoQueue({
    async upload(_file, name) {
      uploaded.push(name);
      return { id: `photo ${name}` };
    },
    async send({ clientId, text, photoIds }) {
      sent.push([clientId, text, ...photoIds].join(" "));
      return messageFixture(sent.length, { clientId });
    },
    toFailure: () => expect.unreachable(),
    onUploaded: () => {},
    onSent: () => {},
    onFailed: () => {},
    storage: {
      put: async (item) => void store.set(item.clientId, item),
      remove: async (clientId) => void store.delete(clientId),
      all: async () => [...store.values()],
    },
    previewOf: () => "blob:",
    setTimer: () => {},
  });
  return { queue, store, uploaded, sent };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const createdAt = "2026-11-01T10:00:00Z";
const photo = (name: string) => ({ file: new Blob([name]), name, width: 0, height: 0 });

it("PhotoQueue uploads photos before their message, each once, and keeps both until the server has them", async () => {
  const { queue, store, uploaded, sent } = setUp();
  queue.write({ clientId: "1", text: "", photos: [photo("a.png"), photo("b.png")], createdAt });
  queue.write({ clientId: "2", text: "then", photos: [], createdAt });
  expect(queue.items.getState().map(({ state }) => state)).toEqual(["sending", "waiting"]);
  expect([...store.keys()]).toEqual(["1", "2"]);
  await settle();
  expect([uploaded, sent]).toEqual([
    ["a.png", "b.png"],
    ["1  photo a.png photo b.png", "2 then"],
  ]);
  expect([queue.items.getState(), store.size]).toEqual([[], 0]);
});

it("PhotoQueue takes up what an earlier visit left, with the photos already uploaded", async () => {
  const photos = [{ ...photo("a.png"), uploadedId: "photo 9" }];
  const { queue, uploaded, sent } = setUp([{ clientId: "1", text: "x", createdAt, photos }]);
  await queue.restore();
  await settle();
  expect([uploaded, sent]).toEqual([[], ["1 x photo 9"]]);
});

it("has the server's limits", () => {
  expect([MAX_PHOTOS, MAX_PHOTO_BYTES, MAX_TEXT_LENGTH]).toEqual([
    schema.MAX_PHOTOS,
    schema.MAX_PHOTO_BYTES,
    schema.MAX_TEXT_LENGTH,
  ]);
});
