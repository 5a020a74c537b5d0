import type { SandboxMtprotoMessage } from "@pult/sandbox/mtproto/control.ts";
import { expect, it } from "vitest";
import { linkedLines } from "./linked-lines.ts";

const message = (uid: number, fields: Partial<SandboxMtprotoMessage> = {}): SandboxMtprotoMessage => ({
  uid,
  fromId: 1,
  text: "",
  media: null,
  replyTo: null,
  topic: null,
  album: null,
  reactions: [],
  isService: false,
  sentAt: "2026-11-01T10:00:00.000Z",
  editedAt: null,
  readBy: [],
  ...fields,
});
const people = [1, 2].map((id) => ({ id, name: `Person ${id}`, username: null, phone: null, isBot: false }));
const photo = (file: string) => ({ type: "photo" as const, file, name: null });

it("shows a chat from one side: albums as one, answers with what they quote, reactions and files by name", () => {
  const messages = [
    message(1, { album: "a", media: photo("x"), text: "Two cups" }),
    message(2, { album: "a", media: photo("y") }),
    message(3, { fromId: 2, replyTo: 1, text: "The first", reactions: [{ personId: 1, emoji: "👍" }] }),
    message(4, { media: { type: "voice", file: "v", name: null } }),
  ];
  const lines = linkedLines(messages, { me: 2, people, words: { voice: "Voice message", video: "Video" } });
  expect(lines.map(({ own, text, photos, document }) => [own, text, photos.length, document])).toEqual([
    [false, "Two cups", 2, null],
    [true, "The first", 0, null],
    [false, "", 0, "Voice message"],
  ]);
  expect(lines[1]).toMatchObject({ quote: { author: "Person 1", text: "Two cups" }, reaction: "👍" });
});
