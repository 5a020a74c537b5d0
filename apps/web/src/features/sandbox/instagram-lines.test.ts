import type { SandboxInstagramComment, SandboxInstagramMessage } from "@pult/sandbox/instagram/control.ts";
import { expect, it } from "vitest";
import { commentThreads, type InstagramWords, instagramLines } from "./instagram-lines.ts";
import { worldFixture } from "./testing.ts";

const AT = "2026-11-01T10:00:00.000Z";
const words: InstagramWords = {
  unsent: "unsent",
  story: "story",
  shared: "shared",
  replyTo: "reply to",
  storyMention: { author: "own story", text: "mentions" },
  fromApp: { author: "app", text: "sent there" },
};

function message(mid: string, fields: Partial<SandboxInstagramMessage> = {}): SandboxInstagramMessage {
  const blank = { attachment: null, replyTo: null, storyId: null, reaction: null, isUnsent: false, isSeen: false };
  return { mid, personId: "p", by: "person", text: mid, at: AT, ...blank, ...fields };
}

it("shows one person's messages, with what each is about", () => {
  const { instagram } = worldFixture();
  const media = [{ id: "s1", kind: "story" as const, caption: "Our story", file: "picture-1", isLive: false }];
  const messages = [
    message("a"),
    message("other", { personId: "q" }),
    message("b", { by: "app" }),
    message("c", { storyId: "s1" }),
    message("d", { attachment: { type: "story_mention", file: "picture-1", url: null } }),
    message("e", { isUnsent: true, text: "" }),
    message("f", { by: "api", attachment: { type: "image", file: null, url: "https://shop.example/a.png" } }),
  ];
  const lines = instagramLines({ ...instagram, media, messages }, "p", words);
  expect(lines.map(({ key, own, quote, isService }) => [key, own, quote?.text ?? null, isService])).toEqual([
    ["a", true, null, false],
    ["b", false, "sent there", false],
    ["c", true, "Our story", false],
    ["d", true, "mentions", false],
    ["e", true, null, true],
    ["f", false, null, false],
  ]);
  expect(lines.flatMap(({ photos }) => photos.map(({ src }) => src))).toEqual([
    "/sandbox/api/instagram/files/picture-1",
    "https://shop.example/a.png",
  ]);
});

it("puts answers below their comment, and one whose comment is no longer kept among the others", () => {
  const comment = (id: string, parentId: string | null = null, mediaId = "m"): SandboxInstagramComment => ({
    id,
    mediaId,
    parentId,
    from: { id: "p", username: "p" },
    text: id,
    at: AT,
    hasPrivateReply: false,
  });
  const comments = [comment("1"), comment("2"), comment("1a", "1"), comment("x", "gone"), comment("y", null, "n")];
  expect(commentThreads(comments, "m").map(({ comment: { id }, isAnswer }) => [id, isAnswer])).toEqual([
    ["1", false],
    ["1a", true],
    ["2", false],
    ["x", false],
  ]);
});
