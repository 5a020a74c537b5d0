import { AccessToken, TokenVerifier } from "livekit-server-sdk";
import { describe, expect, it } from "vitest";
import { createLiveKit } from "./livekit.ts";
import { startTestServer } from "./test-server.ts";

const KEY = { apiKey: "key", apiSecret: "a secret of the tests, long enough" };
const audio = createLiveKit({ url: "wss://voice.example.com", ...KEY });

/** As a LiveKit server signs a webhook. */
async function sign(body: string, { apiKey, apiSecret } = KEY): Promise<string> {
  const token = new AccessToken(apiKey, apiSecret);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  token.sha256 = Buffer.from(digest).toString("base64");
  return token.toJwt();
}

describe("LiveKit", () => {
  it.each([false, true])(
    "grants one room to one identity for ten minutes, and no more: speaking %s",
    async (maySpeak) => {
      const token = await audio.grant({ room: "room-1", identity: "app:42", traderId: "t-1", name: "Anna", maySpeak });
      const { video, exp = 0, nbf = 0, ...claims } = await new TokenVerifier(KEY.apiKey, KEY.apiSecret).verify(token);
      expect(claims).toMatchObject({ sub: "app:42", iss: "key", name: "Anna", attributes: { traderId: "t-1" } });
      expect(exp - nbf).toBeLessThanOrEqual(600);
      expect(exp * 1_000).toBeLessThanOrEqual(Date.now() + 600_000);
      expect(video).toEqual({
        room: "room-1",
        roomJoin: true,
        canSubscribe: true,
        canPublish: maySpeak,
        canPublishData: false,
        ...(maySpeak ? { canPublishSources: ["microphone"] } : {}),
      });
    },
  );

  it("reads who came and went from webhooks that its server signed", async () => {
    const about = { room: { name: "room-1", sid: "RM_1" }, createdAt: "1767225600", id: "EV_1", unheardOf: 1 };
    const participant = { sid: "PA_1", identity: "app:42", state: "ACTIVE" };
    const read = async (event: object) => {
      const body = JSON.stringify({ ...about, ...event });
      return audio.readWebhook(body, await sign(body));
    };
    const told = { room: "room-1", at: new Date("2026-01-01T00:00:00Z") };
    const who = { identity: "app:42", sid: "PA_1" };
    const permitted = { ...participant, permission: { canPublish: true } };
    const joined = { type: "joined", ...told, ...who };
    expect(await read({ event: "participant_joined", participant })).toEqual({ ...joined, maySpeak: false });
    expect(await read({ event: "participant_joined", participant: permitted })).toEqual({ ...joined, maySpeak: true });
    expect(await read({ event: "participant_left", participant })).toEqual({ type: "left", ...told, ...who });
    expect(await read({ event: "participant_connection_aborted", participant })).toMatchObject({ type: "left" });
    expect(await read({ event: "room_finished" })).toEqual({ type: "finished", ...told });
    expect(await read({ event: "track_published", participant })).toBeNull();
  });

  it("refuses webhooks of others, altered ones and bodies that are none", async () => {
    const body = JSON.stringify({ event: "room_finished", room: { name: "room-1" } });
    const refused = { code: "UNAUTHORIZED" };
    for (const authorization of [
      "",
      "none",
      await sign(body, { ...KEY, apiSecret: "another secret, as long as ours" }),
    ])
      await expect(audio.readWebhook(body, authorization)).rejects.toMatchObject(refused);
    await expect(audio.readWebhook(`${body} `, await sign(body))).rejects.toMatchObject(refused);
    for (const odd of ["", "{", "[]", '{"event":1}'])
      await expect(audio.readWebhook(odd, await sign(odd))).rejects.toMatchObject(refused);
  });

  it("ends and changes connections over LiveKit's API, and says why when it did not", async () => {
    const calls: { path: string; body: object; grants: unknown }[] = [];
    let answer = { status: 200, type: "application/json", body: "{}" };
    await using server = await startTestServer(async (request, response) => {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
      const token = (request.headers.authorization ?? "").replace("Bearer ", "");
      const { video } = await new TokenVerifier(KEY.apiKey, KEY.apiSecret).verify(token);
      calls.push({ path: request.url ?? "", body, grants: video });
      response.writeHead(answer.status, { "content-type": answer.type }).end(answer.body);
    });
    const { setRight, close } = createLiveKit({ url: server.origin.replace("http", "ws"), ...KEY });
    const who = { room: "room-1", identity: "app:42" };
    for (const right of ["speak", "hear", "none"] as const) expect(await setRight({ ...who, right })).toBeNull();
    expect(await close("room-1")).toBeNull();
    const service = "/twirp/livekit.RoomService";
    // What is false is left out on the wire.
    const permission = { canSubscribe: true };
    expect(calls).toMatchObject([
      {
        path: `${service}/UpdateParticipant`,
        body: { permission: { ...permission, canPublish: true, canPublishSources: ["MICROPHONE"] } },
        grants: { room: "room-1", roomAdmin: true },
      },
      { path: `${service}/UpdateParticipant`, body: { ...who, permission } },
      { path: `${service}/RemoveParticipant`, body: who },
      { path: `${service}/DeleteRoom`, body: { room: "room-1" } },
    ]);
    const odd: [number, string, string, string | null][] = [
      [404, "application/json", '{"code":"not_found","msg":"no such participant"}', null],
      [404, "text/html", "<h1>Not found</h1>", "LiveKit answered 404"],
      [401, "application/json", '{"code":"unauthenticated"}', "LiveKit answered 401"],
      [503, "text/plain", "", "LiveKit answered 503"],
      [200, "text/html", "<h1>Hello</h1>", "LiveKit sent an answer that cannot be read"],
    ];
    for (const [status, type, body, reason] of odd) {
      answer = { status, type, body };
      const result = await setRight({ ...who, right: "hear" });
      expect([status, type, result?.reason ?? null]).toEqual([status, type, reason]);
    }
    await server[Symbol.asyncDispose]();
    expect(await close("room-1")).toMatchObject({ reason: "LiveKit could not be reached" });
  });
});
