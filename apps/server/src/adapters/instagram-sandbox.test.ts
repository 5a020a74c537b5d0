import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { startSandbox } from "@pult/sandbox/sandbox.ts";
import { makePhoto } from "@pult/sandbox/testing.ts";
import { afterAll, beforeEach, expect, it } from "vitest";
import { createInstagram } from "./instagram.ts";

const sandbox = await startSandbox();
beforeEach(() => sandbox.reset());
afterAll(() => sandbox.close());

const { INSTAGRAM_ACCESS_TOKEN: token, INSTAGRAM_API_ROOT: apiRoot } = sandbox.env;
const instagram = createInstagram({ apiRoot, exemptOrigin: sandbox.origin });
const { account, people, media } = sandbox.world().instagram;
const personId = people[0]?.id ?? "";
const mediaId = media[0]?.id ?? "";

const write = (text: string) => sandbox.instagram.write({ personId, text });
const comment = (text: string) => sandbox.instagram.comment({ personId, mediaId, text }).commentId;
const send = (text: string, to: { id: string } | { commentId: string } = { id: personId }) =>
  instagram.sendMessage(token, { to, content: { text } });

it("sends messages, private and public replies to the simulated Instagram", async () => {
  write("Hello");
  const commentId = comment("Nice");
  const { messageId } = await send("Hi");
  await instagram.sendMessage(token, { to: { id: personId }, content: { imageUrl: "https://shop.example/a.png" } });
  await send("In private", { commentId });
  const reply = await instagram.replyToComment(token, { commentId, text: "In public" });
  const { messages, comments } = sandbox.world().instagram;
  expect(messages.filter(({ by }) => by === "api").map(({ mid, text }) => [mid === messageId, text])).toEqual([
    [true, "Hi"],
    [false, ""],
    [false, "In private"],
  ]);
  expect(comments.at(-1)).toMatchObject({ id: reply.commentId, parentId: commentId, text: "In public" });
});

it("reads the account, people, conversations, comments and subscriptions of the simulated Instagram", async () => {
  const { mid } = write("Hello");
  const commentId = comment("Nice");
  expect(await instagram.getMe(token)).toEqual({ id: account.id, username: account.username });
  expect(await instagram.getProfile(token, personId)).toEqual({ name: "Demo person 1", username: "demo.person.1" });
  const conversations = await instagram.listConversations(token);
  expect(conversations.items[0]?.newest.items).toMatchObject([{ id: mid, text: "Hello", to: { id: account.id } }]);
  const posts = await instagram.listMedia(token);
  expect(posts.items.flatMap(({ newest }) => newest.items)).toMatchObject([{ id: commentId, mediaId, text: "Nice" }]);
  await instagram.subscribe(token, ["messages", "comments"]);
  expect((await instagram.getSubscribedFields(token)).toSorted()).toEqual(["comments", "messages"]);
  const fresh = await instagram.refreshToken(token);
  expect(await instagram.getMe(fresh.token)).toMatchObject({ id: account.id });
});

it("reads conversations and comments on beyond their newest 25", async () => {
  for (let at = 0; at < 27; at++) {
    write(`message ${at}`);
    comment(`comment ${at}`);
  }
  const [thread] = (await instagram.listConversations(token)).items;
  const messages = await instagram.listMessages(token, thread?.id ?? "", thread?.newest.after ?? "");
  expect(messages.items.map(({ text }) => text)).toEqual(["message 1", "message 0"]);
  const post = (await instagram.listMedia(token)).items.find(({ id }) => id === mediaId);
  const comments = await instagram.listComments(token, mediaId, post?.newest.after ?? "");
  expect(comments.items.map(({ text }) => text)).toEqual(["comment 1", "comment 0"]);
  expect([messages.after, comments.after]).toEqual([null, null]);
});

it("downloads a picture that a person sent", async () => {
  const photo = makePhoto();
  sandbox.instagram.write({ personId, text: "" }, photo);
  const file = sandbox.world().instagram.messages[0]?.attachment?.file;
  const url = `${sandbox.origin}/instagram/cdn/${file}`;
  const bytes = await buffer(Readable.from(await instagram.download(url, { maxBytes: photo.bytes.length })));
  expect(bytes).toEqual(photo.bytes);
  await expect(instagram.download(`${url}-other`, { maxBytes: 9 })).rejects.toMatchObject({ failure: "gone" });
});

it.for([
  ["tokenExpired", { failure: "tokenInvalid" }],
  ["rateLimited", { failure: "limited", retryAfterMs: 60_000 }],
  ["serverError", { failure: "down", mayHaveArrived: false }],
  ["html", { failure: "down", mayHaveArrived: true }],
  ["lost", { failure: "down", mayHaveArrived: true }],
] as const)("sorts the fault %s into what to do about it", async ([instagramApi, expected]) => {
  write("Hello");
  sandbox.setFaults({ instagramApi });
  await expect(send("Hi")).rejects.toMatchObject(expected);
});

it("sorts a closed window and what does not exist into what to do about it", async () => {
  await expect(send("Hi")).rejects.toMatchObject({ failure: "windowClosed" });
  for (const to of [{ id: "404404" }, { commentId: "404404" }])
    await expect(send("Hi", to)).rejects.toMatchObject({ failure: "gone" });
  const reply = instagram.replyToComment(token, { commentId: "404404", text: "Hi" });
  await expect(reply).rejects.toMatchObject({ failure: "gone" });
});
