import type { Draft } from "@pult/api/chats/schema.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { WebClient } from "../../../trpc/client.ts";
import { DraftBox } from "./draft-box.ts";

const draftOf = (text: string, revision: number): Draft => ({
  ...{ accountId: "a", chatId: "7", authorId: "me", authorName: "Anna", text, revision },
  updatedAt: "2026-11-01T00:00:00.000Z",
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that has one draft. */
function boxOn(server: { draft: Draft }) {
  const save = async ({ text, revision }: { text: string; revision: number }) => {
    if (revision !== server.draft.revision) return { isSaved: false, draft: server.draft };
    server.draft = draftOf(text, revision + 1);
    return { isSaved: true, draft: server.draft };
  };
  const client = { chats: { drafts: { save: { mutate: save } } } } as unknown as WebClient;
  return new DraftBox({ client, accountId: "a", authorId: "me" });
}

it("keeps what two pages wrote until one is chosen, and then writes that", async () => {
  const server = { draft: draftOf("", 0) };
  const [one, two] = [boxOn(server), boxOn(server)];
  one.write("7", "From one page");
  await vi.runAllTimersAsync();
  two.write("7", "From another");
  await vi.runAllTimersAsync();
  expect(server.draft.text).toBe("From one page");
  expect(two.of("7")).toMatchObject({ text: "From another", other: "From one page" });
  two.write("7", "From another, longer");
  await vi.runAllTimersAsync();
  expect(server.draft.text).toBe("From one page");
  two.choose("7", "both");
  await vi.runAllTimersAsync();
  expect(server.draft.text).toBe("From another, longer\nFrom one page");
  one.hear(server.draft);
  expect(one.of("7")).toMatchObject({ text: server.draft.text, other: null });
});

it("follows what was sent elsewhere, but not over what is being written", async () => {
  const server = { draft: draftOf("Hello", 3) };
  const box = boxOn(server);
  box.hear(server.draft);
  expect(box.of("7").text).toBe("Hello");
  box.write("7", "Hello, and more");
  server.draft = draftOf("", 4);
  box.hear(server.draft);
  await vi.runAllTimersAsync();
  expect([box.of("7").text, server.draft.text]).toEqual(["Hello, and more", "Hello, and more"]);
});
