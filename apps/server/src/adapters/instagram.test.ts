import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { InstagramError } from "@pult/api/instagram/instagram.ts";
import { describeInstagram, type InstagramPeer } from "@pult/api/testing/contracts/instagram.ts";
import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import { expect, it } from "vitest";
import { createInstagram } from "./instagram.ts";

const ACCOUNT = { id: "17840000000000001", username: "stub_shop" };
const error = (code: number, more: object = {}) => ({
  error: { message: "No", type: "IGApiException", code, ...more },
});

type Answer = { status?: number; headers?: Record<string, string>; body: unknown };
type Stub = (request: IncomingMessage, body: string) => Answer | "cut" | "silent";

/** A server that answers as it is told. */
async function startStub(stub: Stub) {
  const requests: { method: string; url: string; authorization: string | undefined; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { method = "", url = "", headers } = request;
    requests.push({ method, url, authorization: headers.authorization, body });
    const answer = stub(request, body);
    if (answer === "silent") return;
    if (answer === "cut") {
      response.destroy();
      return;
    }
    const isBytes = answer.body instanceof Uint8Array || typeof answer.body === "string";
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(isBytes ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin, requests, [Symbol.asyncDispose]: close };
}

/** The Graph API as its documents print it, for one account. */
function graphStub(state: { limitedFor: number; filled: boolean }) {
  const sent: ReturnType<InstagramPeer["sent"]> = [];
  const replies: ReturnType<InstagramPeer["replies"]> = [];
  let fields: string[] = [];
  const page = (url: URL, item: object) =>
    !state.filled || url.searchParams.has("after")
      ? { data: state.filled ? [item] : [] }
      : { data: [], paging: { cursors: { after: "second" }, next: "https://graph.instagram.com/next" } };
  const send = ({
    recipient,
    message,
  }: {
    recipient: Record<string, string>;
    message: { text?: string; attachment?: { payload: { url: string } } };
  }): Answer => {
    const { id, comment_id: commentId } = recipient;
    if ((id ?? commentId) === "404404") return { status: 400, body: error(100, { error_subcode: 2534014 }) };
    const { text: words, attachment } = message;
    if (words !== undefined && Buffer.byteLength(words) > 1_000) return { status: 400, body: error(9_999) };
    sent.push({
      to: id === undefined ? { commentId: commentId ?? "" } : { id },
      content: words === undefined ? { imageUrl: attachment?.payload.url ?? "" } : { text: words },
    });
    return { body: { recipient_id: id ?? "501", message_id: `mid.${sent.length}` } };
  };
  const answer: Stub = (request, body) => {
    const url = new URL(request.url ?? "", "http://stub");
    if (url.pathname === "/photo.jpg") return { body: SAMPLE_PHOTOS.jpeg };
    const token = url.searchParams.get("access_token") ?? request.headers.authorization?.replace("Bearer ", "");
    if (state.limitedFor > 0)
      return { status: 429, headers: { "retry-after": String(state.limitedFor) }, body: error(4) };
    if (url.pathname === "/photo.jpg-other") return { status: 404, body: "" };
    if (token === "other-token") return { status: 400, body: error(190) };
    const { pathname } = url;
    if (pathname === "/refresh_access_token")
      return { body: { access_token: "fresh-token", token_type: "bearer", expires_in: 5_184_000 } };
    if (pathname === "/v23.0/me") return { body: { user_id: ACCOUNT.id, username: ACCOUNT.username, id: "1" } };
    if (pathname === "/v23.0/501") return { body: { name: "Anna", username: "anna", id: "501" } };
    if (pathname === "/v23.0/me/messages") return send(JSON.parse(body));
    if (pathname === "/v23.0/404404/replies") return { status: 400, body: error(100, { error_subcode: 33 }) };
    if (pathname === "/v23.0/601/replies") {
      replies.push({ commentId: "601", text: JSON.parse(body).message });
      return { body: { id: "602" } };
    }
    if (pathname === "/v23.0/me/conversations") {
      const [anna, shop] = [{ id: "501", username: "anna" }, { ...ACCOUNT }];
      const hello = {
        id: "m1",
        created_time: "2026-03-10T11:00:00+0000",
        from: anna,
        to: { data: [shop] },
        message: "Hello",
      };
      return { body: page(url, { id: "c1", updated_time: "2026-03-10T11:00:00+0000", messages: { data: [hello] } }) };
    }
    if (pathname === "/v23.0/me/media") {
      const nice = {
        id: "601",
        text: "Nice",
        timestamp: "2026-03-10T11:00:00+0000",
        from: { id: "501", username: "anna" },
      };
      return { body: page(url, { id: "p1", timestamp: "2026-03-09T11:00:00+0000", comments: { data: [nice] } }) };
    }
    if (pathname === "/v23.0/me/subscribed_apps" && request.method === "POST") {
      fields = url.searchParams.get("subscribed_fields")?.split(",") ?? [];
      return { body: { success: true } };
    }
    if (pathname === "/v23.0/me/subscribed_apps")
      return { body: { data: fields.length > 0 ? [{ id: "app", subscribed_fields: fields }] : [] } };
    return { status: 404, body: error(2_500) };
  };
  return { answer, sent, replies };
}

describeInstagram("Graph API", async () => {
  const state = { limitedFor: 0, filled: false };
  const { answer, sent, replies } = graphStub(state);
  let isDown = false;
  const stub = await startStub((request, body) => (isDown ? "cut" : answer(request, body)));
  return {
    instagram: createInstagram({ apiRoot: `${stub.origin}/v23.0/`, exemptOrigin: stub.origin }),
    token: "first-token",
    account: ACCOUNT,
    personId: "501",
    commentId: "601",
    file: { url: `${stub.origin}/photo.jpg`, bytes: SAMPLE_PHOTOS.jpeg },
    sent: () => sent,
    replies: () => replies,
    fillLists: () => {
      state.filled = true;
      return { messageId: "m1", commentId: "601", mediaId: "p1" };
    },
    limit: (seconds) => {
      state.limitedFor = seconds;
    },
    goDown: () => {
      isDown = true;
    },
    [Symbol.asyncDispose]: stub[Symbol.asyncDispose],
  };
});

const refusalOf = async (answer: Answer | "cut" | "silent", timeoutMs = 15_000): Promise<InstagramError> => {
  await using stub = await startStub(() => answer);
  const instagram = createInstagram({ apiRoot: `${stub.origin}/v23.0`, timeoutMs });
  const sending = instagram.sendMessage("first-token", { to: { id: "1" }, content: { text: "Hi" } });
  const refused = await sending.catch((failure: unknown) => failure);
  expect(refused).toBeInstanceOf(InstagramError);
  return refused as InstagramError;
};

it.for<[string, Answer | "cut" | "silent", object]>([
  ["an invalid token", { status: 400, body: error(190) }, { failure: "tokenInvalid" }],
  ["a closed window", { status: 403, body: error(10, { error_subcode: 2534022 }) }, { failure: "windowClosed" }],
  ["a missing permission", { status: 403, body: error(10) }, { failure: "refused" }],
  ["a deleted recipient", { status: 400, body: error(100, { error_subcode: 2534014 }) }, { failure: "gone" }],
  ["a person who cannot be reached", { status: 400, body: error(551) }, { failure: "gone" }],
  ["an invalid parameter", { status: 400, body: error(100) }, { failure: "refused" }],
  ["the app's quota", { status: 400, body: error(4) }, { failure: "limited", retryAfterMs: null }],
  ["the account's quota", { status: 400, body: error(613) }, { failure: "limited" }],
  ["the quota of messages", { status: 400, body: error(80_006) }, { failure: "limited" }],
  [
    "a quota that names its time in minutes",
    {
      status: 400,
      headers: { "x-business-use-case-usage": '{"1":[{"estimated_time_to_regain_access":3}]}' },
      body: error(32),
    },
    { failure: "limited", retryAfterMs: 180_000 },
  ],
  ["a fault that the API reports", { status: 500, body: error(2) }, { failure: "down", mayHaveArrived: false }],
  ["a proxy's page", { status: 502, body: "<html>" }, { failure: "down", mayHaveArrived: true }],
  ["a page that asks to come later", { status: 503, body: "<html>" }, { failure: "down", mayHaveArrived: false }],
  ["a success without an id", { body: "<html>" }, { failure: "down", mayHaveArrived: true }],
  ["an answer that is cut off", "cut", { failure: "down", mayHaveArrived: true }],
])("sorts %s into what to do about it", async ([, answer, expected]) => {
  expect(await refusalOf(answer)).toMatchObject(expected);
});

it("counts a late answer as one that may have arrived", async () => {
  expect(await refusalOf("silent", 50)).toMatchObject({ failure: "down", mayHaveArrived: true });
});

it("counts a server that takes no connection as one that was not reached", async () => {
  const stub = await startStub(() => "cut");
  await stub[Symbol.asyncDispose]();
  const sending = createInstagram({ apiRoot: stub.origin }).getMe("first-token");
  await expect(sending).rejects.toMatchObject({ failure: "down", mayHaveArrived: false });
});

it("shows the token to the API in the header alone, and never in a failure", async () => {
  const token = `IGAA${"x".repeat(40)}`;
  await using stub = await startStub(() => ({ status: 400, body: { error: { message: `Bad ${token}`, code: 190 } } }));
  const instagram = createInstagram({ apiRoot: `${stub.origin}/v23.0` });
  for (const call of [instagram.getMe(token), instagram.refreshToken(token)])
    await expect(call).rejects.toMatchObject({ message: "Bad <token>" });
  expect(stub.requests[0]).toMatchObject({
    url: "/v23.0/me?fields=user_id%2Cusername",
    authorization: `Bearer ${token}`,
  });
});

it("loads attachments from public addresses over https alone", async () => {
  await using stub = await startStub(() => ({ body: SAMPLE_PHOTOS.jpeg }));
  const instagram = createInstagram();
  for (const url of [`${stub.origin}/photo.jpg`, "https://127.0.0.1/photo.jpg", "file:///etc/passwd", "no address"])
    await expect(instagram.download(url, { maxBytes: 1_000 })).rejects.toMatchObject({ failure: "refused" });
  expect(stub.requests).toEqual([]);
});
