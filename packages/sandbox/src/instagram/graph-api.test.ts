import { describe, expect, test } from "vitest";
import { makePhoto } from "../testing.ts";
import { useSandbox } from "../use-sandbox.ts";

const DAY_MS = 86_400_000;
let offsetMs = 0;
const sandbox = await useSandbox({ now: () => new Date(Date.now() + offsetMs) });
const [person] = sandbox.world().instagram.people;
const personId = person?.id ?? "";
const [post, , , live] = sandbox.world().instagram.media.map(({ id }) => id);
const token = sandbox.env.INSTAGRAM_ACCESS_TOKEN;

async function call(path: string, init: { method?: string; body?: unknown; token?: string } = {}) {
  const { method = init.body === undefined ? "GET" : "POST", body } = init;
  const response = await fetch(`${sandbox.origin}/${path}`, {
    method,
    headers: { authorization: `Bearer ${init.token ?? token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

const send = (text: string, recipient: object = { id: personId }, more: object = {}) =>
  call("v23.0/me/messages", { body: { recipient, message: { text }, ...more } });
const write = (text: string) => sandbox.instagram.write({ personId, text });
const comment = (text: string, mediaId = post ?? "") =>
  sandbox.instagram.comment({ personId, mediaId, text }).commentId;

async function later<T>(ms: number, act: () => Promise<T>): Promise<T> {
  offsetMs = ms;
  return act().finally(() => {
    offsetMs = 0;
  });
}

describe("the access token", () => {
  test.each([
    ["has none", "", 104],
    ["has another", "IGAAother", 190],
  ])("rejects a call that %s", async (_case, wrong, code) => {
    const response = await fetch(
      `${sandbox.origin}/me`,
      wrong ? { headers: { authorization: `Bearer ${wrong}` } } : {},
    );
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { type: "OAuthException", code, fbtrace_id: expect.any(String) } },
    ]);
  });

  test("is accepted as a parameter too, with or without a version in front", async () => {
    for (const path of ["me", "v23.0/me"]) {
      const response = await fetch(`${sandbox.origin}/${path}?fields=user_id,username&access_token=${token}`);
      expect(await response.json()).toMatchObject({ user_id: "17841400000000001", username: "demo.shop" });
    }
  });

  test("rejects one that has expired, and a refreshed one before its first day is over", async () => {
    expect((await later(61 * DAY_MS, () => call("me"))).body.error).toMatchObject({ code: 190, error_subcode: 463 });
    const refresh = (of: string) =>
      call(`refresh_access_token?grant_type=ig_refresh_token&access_token=${of}`, { token: of });
    const { body } = await refresh(token);
    expect(body).toMatchObject({ token_type: "bearer", expires_in: 5_184_000 });
    expect((await later(59.5 * DAY_MS, () => call("me", { token: body.access_token }))).status).toBe(200);
    expect((await refresh(body.access_token)).body.error.code).toBe(100);
    expect((await later(2 * DAY_MS, () => refresh(body.access_token))).status).toBe(200);
  });
});

describe("sending", () => {
  test("reaches a person who wrote within a day, a human agent's within seven", async () => {
    write("Hello");
    const { body } = await send("Hi");
    expect(body).toEqual({ recipient_id: personId, message_id: expect.stringMatching(/^aWdf/) });
    expect(sandbox.world().instagram.messages.at(-1)).toMatchObject({ mid: body.message_id, by: "api", text: "Hi" });
    const late = await later(2 * DAY_MS, () => send("Late"));
    expect([late.status, late.body.error]).toMatchObject([403, { code: 10, error_subcode: 2534022 }]);
    const tag = { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT" };
    expect((await later(2 * DAY_MS, () => send("By hand", undefined, tag))).status).toBe(200);
    expect((await later(8 * DAY_MS, () => send("By hand", undefined, tag))).status).toBe(403);
  });

  test("rejects a person who has not written, an unknown one and a text over 1,000 bytes", async () => {
    expect((await send("Hi")).body.error).toMatchObject({ code: 10, error_subcode: 2534022 });
    expect((await send("Hi", { id: "7100000000000999" })).body.error.error_subcode).toBe(2534014);
    write("Hello");
    expect((await send("я".repeat(500))).status).toBe(200);
    expect((await send(`${"я".repeat(500)}.`)).body.error.code).toBe(100);
  });

  test("answers a comment in private once, and a live one while the video is on air", async () => {
    const commentId = comment("How much?");
    expect((await send("10", { comment_id: commentId })).body.recipient_id).toBe(personId);
    expect((await send("10", { comment_id: commentId })).body.error.code).toBe(10_900);
    expect((await send("no window")).status).toBe(403);
    const onAir = comment("Wow", live);
    const second = comment("Wow again", live);
    expect((await send("Thanks", { comment_id: onAir })).status).toBe(200);
    sandbox.instagram.setLive(false);
    expect((await send("Thanks", { comment_id: second })).status).toBe(403);
  });

  test("takes a picture by its address", async () => {
    write("Hello");
    const attachment = { type: "image", payload: { url: "https://shop.example/box.png" } };
    const { status } = await call("me/messages", { body: { recipient: { id: personId }, message: { attachment } } });
    expect(status).toBe(200);
    expect(sandbox.world().instagram.messages.at(-1)?.attachment).toMatchObject({ url: attachment.payload.url });
  });

  test("replies under the comment at the top, never under a live one", async () => {
    const top = comment("First");
    const reply = await call(`v23.0/${top}/replies`, { body: { message: "Answer" } });
    const nested = await call(`v23.0/${reply.body.id}/replies?message=More`, { method: "POST" });
    expect(nested.status).toBe(200);
    const comments = sandbox.world().instagram.comments;
    expect(comments.map(({ parentId }) => parentId)).toEqual([null, top, top]);
    expect((await call(`${comment("Wow", live)}/replies`, { body: { message: "Hi" } })).status).toBe(400);
    expect((await call("18012345678901234/replies", { body: { message: "Hi" } })).body.error.error_subcode).toBe(33);
  });
});

describe("reading", () => {
  test("lists conversations, posts with comments and a profile by the fields that are asked for", async () => {
    const commentId = comment("Nice");
    expect((await call(`${personId}?fields=name,username`)).body.error.code).toBe(230);
    const { mid } = write("Hello");
    expect((await call(`${personId}?fields=name,username`)).body).toMatchObject({ username: "demo.person.1" });
    const messages = "messages{id,from,to,message,created_time}";
    const conversations = await call(`me/conversations?platform=instagram&fields=participants,${messages}`);
    expect(conversations.body.data[0].messages.data).toMatchObject([
      { id: mid, message: "Hello", from: { id: personId, username: "demo.person.1" } },
    ]);
    const media = await call("me/media?fields=id,caption,comments{id,text,from,timestamp}");
    expect(media.body.data[1]).toMatchObject({ id: post, comments: { data: [{ id: commentId, text: "Nice" }] } });
    expect((await call("me/media?fields=caption,nothing")).body.error.code).toBe(100);
    expect((await call("me/media?fields=caption{")).body.error.code).toBe(100);
  });

  test("pages by cursors until the end", async () => {
    for (let number = 1; number <= 5; number++) comment(String(number));
    const seen: string[] = [];
    let path: string | undefined = `${post}/comments?fields=text&limit=2`;
    while (path !== undefined) {
      const { body } = await call(path);
      seen.push(...body.data.map(({ text }: { text: string }) => text));
      path =
        body.paging.next === undefined
          ? undefined
          : `${new URL(body.paging.next).href.replace(`${sandbox.origin}/`, "")}&fields=text`;
    }
    expect(seen).toEqual(["5", "4", "3", "2", "1"]);
  });

  test("serves the picture of a message to everyone", async () => {
    const { mid } = sandbox.instagram.write({ personId, text: "" }, makePhoto());
    const { body } = await call(`${mid}?fields=attachments`);
    const picture = await fetch(body.attachments.data[0].image_data.url);
    expect(Buffer.from(await picture.arrayBuffer())).toEqual(makePhoto().bytes);
  });
});

test.each([
  ["tokenExpired", 400, 190, 0],
  ["rateLimited", 403, 4, 0],
  ["serverError", 500, 2, 0],
] as const)("answers %s without effect while the switch is on", async (instagramApi, status, code, sent) => {
  write("Hello");
  sandbox.setFaults({ instagramApi });
  const answer = await send("Hi");
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  expect(sandbox.world().instagram.messages.filter(({ by }) => by === "api")).toHaveLength(sent);
});

test("sends a proxy's page without effect, and loses the answer of a message that took effect", async () => {
  write("Hello");
  sandbox.setFaults({ instagramApi: "html" });
  const page = await fetch(`${sandbox.origin}/me?access_token=${token}`);
  expect([page.status, page.headers.get("content-type")]).toEqual([502, "text/html; charset=utf-8"]);
  sandbox.setFaults({ instagramApi: "lost" });
  await expect(send("Hi")).rejects.toThrow();
  expect(sandbox.world().instagram.messages.at(-1)).toMatchObject({ by: "api", text: "Hi" });
});
