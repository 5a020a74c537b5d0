import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect } from "vitest";
import type { Instagram, InstagramError, InstagramMessage } from "../../instagram/instagram.ts";
import { type ContractTest, contractOf } from "./contract.ts";

export interface InstagramPeer extends Partial<AsyncDisposable> {
  instagram: Instagram;
  /** Accepted by the account. */
  token: string;
  account: { id: string; username: string };
  /** A person who wrote: named Anna, `anna`. */
  personId: string;
  commentId: string;
  /** An image at an address that may be loaded. */
  file: { url: string; bytes: Uint8Array };
  /** Messages that reached people, oldest first. */
  sent(): { to: InstagramMessage["to"]; content: InstagramMessage["content"] }[];
  /** Public replies, oldest first. */
  replies(): { commentId: string; text: string }[];
  /** The person writes "Hello", and below a post "Nice"; both are listed on a second page. */
  fillLists(): { messageId: string; commentId: string; mediaId: string };
  /** From now on every call is refused for this many seconds; 0: normally. */
  limit(seconds: number): void;
  goDown(): void;
}

/** What every `Instagram` must do. @param start a fresh peer for each test */
export function describeInstagram(name: string, start: () => Promise<InstagramPeer>): void {
  describe(`Instagram contract: ${name}`, () => {
    const it = contractOf(start);
    describeSending(it);
    describeReading(it);
    describeRefusals(it);
  });
}

function describeSending(it: ContractTest<InstagramPeer>): void {
  it("sends text and images to a person, each under an id of its own", async ({ peer }) => {
    const { instagram, token, personId } = peer;
    const to = { id: personId };
    const text = await instagram.sendMessage(token, { to, content: { text: "Привет 👍" } });
    const image = await instagram.sendMessage(token, { to, content: { imageUrl: "https://pult.example.com/a.jpg" } });
    expect(text.messageId).not.toBe(image.messageId);
    expect(peer.sent()).toMatchObject([
      { to, content: { text: "Привет 👍" } },
      { to, content: { imageUrl: "https://pult.example.com/a.jpg" } },
    ]);
  });

  it("sends a private reply to a comment, and answers it in public", async ({ peer }) => {
    const { instagram, token, commentId } = peer;
    await instagram.sendMessage(token, { to: { commentId }, content: { text: "Hi" } });
    const reply = await instagram.replyToComment(token, { commentId, text: "Thanks" });
    expect(peer.sent()).toMatchObject([{ to: { commentId }, content: { text: "Hi" } }]);
    expect(peer.replies()).toMatchObject([{ commentId, text: "Thanks" }]);
    expect(reply.commentId).not.toBe(commentId);
  });

  it("sends text of 1,000 bytes, and is refused more", async ({ peer }) => {
    const { instagram, token, personId } = peer;
    const send = (text: string) => instagram.sendMessage(token, { to: { id: personId }, content: { text } });
    await send("я".repeat(500));
    expect(await failureOf(send("я".repeat(501)))).toMatchObject({ failure: "refused" });
  });
}

function describeReading(it: ContractTest<InstagramPeer>): void {
  it("names the account and the people who write to it", async ({ peer }) => {
    const { instagram, token } = peer;
    expect(await instagram.getMe(token)).toEqual(peer.account);
    expect(await instagram.getProfile(token, peer.personId)).toEqual({ name: "Anna", username: "anna" });
  });

  it("refreshes a token to one that is accepted", async ({ peer }) => {
    const fresh = await peer.instagram.refreshToken(peer.token);
    expect(fresh.expiresInSeconds).toBeGreaterThan(86_400);
    expect(await peer.instagram.getMe(fresh.token)).toEqual(peer.account);
  });

  it("lists conversations and comments page by page", async ({ peer }) => {
    const { instagram, token, personId } = peer;
    const { messageId, commentId, mediaId } = peer.fillLists();
    const first = await instagram.listConversations(token);
    const second = await instagram.listConversations(token, first.after ?? "");
    expect(second.after).toBeNull();
    expect(second.items.flatMap(({ newest }) => newest.items)).toMatchObject([
      { id: messageId, text: "Hello", from: { id: personId }, to: { id: peer.account.id } },
    ]);
    const media = await instagram.listMedia(token);
    const older = await instagram.listMedia(token, media.after ?? "");
    expect(older.items.flatMap(({ newest }) => newest.items)).toMatchObject([
      { id: commentId, mediaId, text: "Nice", from: { id: personId, username: "anna" } },
    ]);
  });

  it("subscribes the account to fields, and says to which", async ({ peer }) => {
    const { instagram, token } = peer;
    expect(await instagram.getSubscribedFields(token)).toEqual([]);
    await instagram.subscribe(token, ["messages", "comments"]);
    expect((await instagram.getSubscribedFields(token)).toSorted()).toEqual(["comments", "messages"]);
  });

  it("downloads an attachment up to a size", async ({ peer }) => {
    const { url, bytes } = peer.file;
    const read = async (maxBytes: number) => buffer(Readable.from(await peer.instagram.download(url, { maxBytes })));
    expect(await read(bytes.length)).toEqual(Buffer.from(bytes));
    expect(await failureOf(read(bytes.length - 1))).toMatchObject({ failure: "refused" });
    expect(await failureOf(peer.instagram.download(`${url}-other`, { maxBytes: 10 }))).toMatchObject({
      failure: "gone",
    });
  });
}

function describeRefusals(it: ContractTest<InstagramPeer>): void {
  it("says that a token is invalid, whatever is asked with it", async ({ peer }) => {
    const { instagram, personId } = peer;
    const calls = [
      instagram.getMe("other-token"),
      instagram.refreshToken("other-token"),
      instagram.sendMessage("other-token", { to: { id: personId }, content: { text: "Hi" } }),
    ];
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ failure: "tokenInvalid" });
    expect(peer.sent()).toEqual([]);
  });

  it("says that a person or comment is gone", async ({ peer }) => {
    const { instagram, token } = peer;
    const content = { text: "Hi" };
    const calls = [
      instagram.sendMessage(token, { to: { id: "404404" }, content }),
      instagram.sendMessage(token, { to: { commentId: "404404" }, content }),
      instagram.replyToComment(token, { commentId: "404404", text: "Hi" }),
    ];
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ failure: "gone" });
  });

  it("says how long a limit lasts, and works once it is over", async ({ peer }) => {
    const { instagram, token } = peer;
    peer.limit(7);
    expect(await failureOf(instagram.getMe(token))).toMatchObject({ failure: "limited", retryAfterMs: 7_000 });
    peer.limit(0);
    expect(await instagram.getMe(token)).toEqual(peer.account);
  });

  it("says that Instagram is down when it does not answer", async ({ peer }) => {
    peer.goDown();
    expect(await failureOf(peer.instagram.getMe(peer.token))).toMatchObject({ failure: "down" });
  });
}

async function failureOf(call: Promise<unknown>): Promise<InstagramError> {
  const error = await call.then(
    () => new Error("It was not refused"),
    (error: unknown) => error,
  );
  expect((error as Error).message).not.toMatch(/first-token|other-token/);
  return error as InstagramError;
}
