import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { serve, useSandbox } from "../use-sandbox.ts";

const sandbox = await useSandbox();
const { INSTAGRAM_APP_SECRET: secret, INSTAGRAM_WEBHOOK_VERIFY_TOKEN: verifyToken } = sandbox.env;
const { account, people, media } = sandbox.world().instagram;
const personId = people[0]?.id ?? "";
const [post = "", , story = "", live = ""] = media.map(({ id }) => id);

interface Received {
  raw: string;
  signature: string | undefined;
}
let received: Received[];
let answers: number[];

/** The product's side of Meta's contract: it keeps what comes and answers as told, else 200. */
beforeEach(async () => {
  received = [];
  answers = [];
  const origin = await serve(async (request, response) => {
    const query = new URL(request.url ?? "", "http://product").searchParams;
    if (request.method === "GET") {
      response.end(query.get("hub.verify_token") === verifyToken ? query.get("hub.challenge") : "");
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({
      raw: Buffer.concat(chunks).toString(),
      signature: request.headers["x-hub-signature-256"]?.toString(),
    });
    response.writeHead(answers.shift() ?? 200).end("OK");
  });
  await sandbox.instagram.connect(`${origin}/webhook`);
});

const arrived = (count = 1) => sandbox.until(() => received.length >= count && received);
const hashOf = (raw: string) => `sha256=${createHmac("sha256", secret).update(raw).digest("hex")}`;
const entryOf = ({ raw }: Received) => JSON.parse(raw).entry[0];
const write = (text: string) => sandbox.instagram.write({ personId, text });

test("signs the bytes it sends, with slashes and letters beyond ASCII escaped", async () => {
  write("Привет 🎁 </b>");
  const [one] = await arrived();
  expect(one?.raw).toContain('"text":"\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442 \\ud83c\\udf81 <\\/b>"');
  expect(one?.signature).toBe(hashOf(one?.raw ?? ""));
  expect(entryOf(one as Received)).toMatchObject({ id: account.id, messaging: [{ sender: { id: personId } }] });
});

const from = { id: personId, username: "demo.person.1" };
const commented = (mediaId: string) => sandbox.instagram.comment({ personId, mediaId, text: "Nice" });

test.each<[string, () => unknown, object]>([
  [
    "a reply to a story",
    () => sandbox.instagram.write({ personId, text: "Wow", storyId: story }),
    { messaging: [{ message: { text: "Wow", reply_to: { story: { id: story } } } }] },
  ],
  [
    "a mention in a story",
    () => sandbox.instagram.mentionInStory(personId),
    {
      messaging: [
        {
          message: {
            attachments: [{ type: "story_mention", payload: { url: expect.stringContaining("/instagram/cdn/") } }],
          },
        },
      ],
    },
  ],
  [
    "a shared post",
    () => sandbox.instagram.share({ personId, mediaId: post }),
    { messaging: [{ message: { attachments: [{ type: "share" }] } }] },
  ],
  [
    "an echo of the account's own app",
    () => sandbox.instagram.writeAsAccount({ personId, text: "Hi" }),
    {
      messaging: [{ sender: { id: account.id }, recipient: { id: personId }, message: { text: "Hi", is_echo: true } }],
    },
  ],
  [
    "a comment",
    () => commented(post),
    {
      changes: [{ field: "comments", value: { from, text: "Nice", media: { id: post, media_product_type: "FEED" } } }],
    },
  ],
  [
    "a live comment",
    () => commented(live),
    { changes: [{ field: "live_comments", value: { from, media: { id: live } } }] },
  ],
  [
    "a mention in a comment",
    () => sandbox.instagram.mention({ personId, text: "@demo.shop" }),
    { changes: [{ field: "mentions", value: { comment_id: expect.any(String), media_id: expect.any(String) } }] },
  ],
])("delivers %s in Meta's shape", async (_name, act, entry) => {
  act();
  expect(entryOf((await arrived())[0] as Received)).toMatchObject(entry);
});

test("delivers a reaction, a read and an unsend about their message", async () => {
  const { mid } = write("Hello");
  const answer = sandbox.instagram.writeAsAccount({ personId, text: "Hi" });
  sandbox.instagram.react({ personId, mid: answer.mid, emoji: "❤️" });
  sandbox.instagram.read(personId);
  sandbox.instagram.unsend({ personId, mid });
  expect((await arrived(5)).slice(2).map((one) => entryOf(one).messaging[0])).toMatchObject([
    { reaction: { mid: answer.mid, action: "react", reaction: "love", emoji: "❤️" } },
    { read: { mid: answer.mid } },
    { message: { mid, is_deleted: true } },
  ]);
});

describe("a webhook that is not answered 200", () => {
  test("is sent again, visibly, until it is", async () => {
    answers = [503];
    write("Hello");
    await sandbox.until(() => sandbox.world().instagram.webhooks[0]?.status === 503);
    expect(sandbox.world().instagram.webhooks[0]).toMatchObject({ title: "messages", attempts: 1, state: "waiting" });
    await arrived(2);
    await sandbox.until(() => sandbox.world().instagram.webhooks[0]?.state === "delivered");
    expect(received[0]?.raw).toBe(received[1]?.raw);
    expect(sandbox.world().instagram.webhooks[0]).toMatchObject({ attempts: 2, status: 200 });
  });
});

describe("the webhook switch", () => {
  test("sends everything twice", async () => {
    sandbox.setFaults({ instagramWebhooks: "twice" });
    write("Hello");
    const [first, second] = await arrived(2);
    expect(second).toEqual(first);
  });

  test("lets each be overtaken by the next", async () => {
    sandbox.setFaults({ instagramWebhooks: "reordered" });
    for (const text of ["1", "2"]) write(text);
    expect((await arrived(2)).map((one) => entryOf(one).messaging[0].message.text)).toEqual(["2", "1"]);
  });

  test.each([
    ["unsigned", undefined],
    ["wronglySigned", expect.stringMatching(/^sha256=[0-9a-f]{64}$/)],
  ] as const)("sends them %s", async (instagramWebhooks, signature) => {
    sandbox.setFaults({ instagramWebhooks });
    write("Hello");
    const [one] = await arrived();
    expect(one?.signature).toEqual(signature);
    expect(one?.signature).not.toBe(hashOf(one?.raw ?? ""));
  });

  test("sends them with times two days back", async () => {
    sandbox.setFaults({ instagramWebhooks: "late" });
    write("Hello");
    const { timestamp } = entryOf((await arrived())[0] as Received).messaging[0];
    expect(Date.now() - timestamp).toBeGreaterThan(86_400_000);
  });
});

test("carries a thousand comments in one", async () => {
  sandbox.instagram.commentBurst({ mediaId: post, count: 1_000 });
  const [one] = await arrived();
  expect(JSON.parse(one?.raw ?? "").entry).toHaveLength(1_000);
  expect(sandbox.world().instagram.webhooks[0]?.title).toBe("comments × 1000");
});

test("keeps away fields that the account is not subscribed to", async () => {
  const url = `${sandbox.origin}/me/subscribed_apps?access_token=${sandbox.env.INSTAGRAM_ACCESS_TOKEN}`;
  await fetch(`${url}&subscribed_fields=comments`, { method: "POST" });
  write("Hello");
  commented(post);
  expect(entryOf((await arrived())[0] as Received).changes[0].field).toBe("comments");
  expect(sandbox.world().instagram.webhooks).toHaveLength(1);
});

test("rejects an address that does not answer the challenge", async () => {
  const origin = await serve((_request, response) => response.end("no"));
  await expect(sandbox.instagram.connect(origin)).rejects.toThrow("could not be validated");
});
