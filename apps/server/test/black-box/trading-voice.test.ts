import { AccessToken, TokenVerifier } from "livekit-server-sdk";
import { describe, expect, test } from "vitest";
import { mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { createRoom, joinAs, openTradingAs } from "../support/trading-socket.ts";
import { callApi } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const LIVEKIT = {
  LIVEKIT_URL: "wss://voice.example.com",
  LIVEKIT_API_KEY: "livekit-key",
  LIVEKIT_API_SECRET: "a livekit secret of the tests",
};

/** As a LiveKit server sends it. */
async function sendWebhook(origin: string, event: object, secret = LIVEKIT.LIVEKIT_API_SECRET): Promise<number> {
  const body = JSON.stringify(event);
  const token = new AccessToken(LIVEKIT.LIVEKIT_API_KEY, secret);
  token.sha256 = Buffer.from(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body))).toString("base64");
  const headers = { Authorization: await token.toJwt(), "Content-Type": "application/webhook+json" };
  return (await fetch(`${origin}/api/webhooks/livekit`, { method: "POST", body, headers })).status;
}

describe.each(mainCell())("Voice of the trading protocol on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, env: LIVEKIT }), expectHealthy);
  const apiOf = async (userId: string) => callApi(server, await mintToken({ sub: userId }));

  test("opens a session with a token for the room alone, and tells its socket what is heard", async () => {
    const { id } = await createRoom(server);
    const anna = await joinAs(server, "anna-1", id);
    anna.say("VOICE_SESSION_START", { userId: "anna-1", preferredLanguage: "en" });
    const { data } = await anna.got("VOICE_SESSION_READY");
    expect(data).toEqual({ sessionId: expect.any(String), liveKitToken: expect.any(String) });
    const { sessionId, liveKitToken } = data as { sessionId: string; liveKitToken: string };
    const verifier = new TokenVerifier(LIVEKIT.LIVEKIT_API_KEY, LIVEKIT.LIVEKIT_API_SECRET);
    const { sub, video } = await verifier.verify(liveKitToken);
    expect([sub, video?.room, video?.canPublish]).toEqual(["app:anna-1", `trading-${id}`, false]);
    const api = await apiOf("anna-1");
    await api.trading.voice.transcript.mutate({ sessionId, text: "buy one", isFinal: false });
    const { ticket } = await api.trading.voice.transcript.mutate({ sessionId, text: "buy one SOL", isFinal: true });
    expect((await anna.got("VOICE_COMMAND")).data).toEqual({
      intent: "buy",
      parameters: { amount: { kind: "exact", value: "1", unit: "sol" } },
      confidence: 0.95,
    });
    const heard = anna.told.all.filter(({ type }) => type === "VOICE_TRANSCRIPTION").map((one) => one.data);
    expect(heard).toEqual([
      { text: "buy one", isFinal: false },
      { text: "buy one SOL", isFinal: true },
    ]);
    await api.trading.voice.transcript.mutate({ sessionId, text: `confirm ${ticket?.code}`, isFinal: true });
    expect((await anna.got("VIRTUAL_TRADE_EXECUTED")).data.trade).toMatchObject({ userId: "anna-1", isBuy: true });
    anna.socket.close();
  });

  test("asks before a second socket takes over, and ends a session with its socket", async () => {
    const { id } = await createRoom(server);
    const [first, second] = [await joinAs(server, "anna-2", id), await joinAs(server, "anna-2", id)];
    const start = { userId: "anna-2" };
    first.say("VOICE_SESSION_START", start);
    const { sessionId } = (await first.got("VOICE_SESSION_READY")).data;
    second.say("VOICE_SESSION_START", start);
    expect((await second.got("ERROR")).data).toMatchObject({
      code: "INVALID_MESSAGE",
      details: { since: expect.any(String) },
    });
    second.say("VOICE_SESSION_START", { ...start, takeOver: true });
    expect((await second.got("VOICE_SESSION_READY")).data.sessionId).not.toBe(sessionId);
    const stranger = await openTradingAs(server, "boris-2");
    stranger.say("VOICE_SESSION_START", { userId: "anna-2", environmentId: id });
    stranger.say("VOICE_SESSION_START", { userId: "boris-2" });
    stranger.say("VOICE_SESSION_START", { userId: "boris-2", environmentId: "none" });
    const codes = (await stranger.settled()).map(({ data }) => data.code);
    expect(codes).toEqual(["UNAUTHORIZED", "NOT_JOINED", "ENVIRONMENT_NOT_FOUND"]);
    for (const { socket } of [first, second, stranger]) socket.close();
  });

  test("keeps who is in the audio as signed webhooks say, and believes no others", async () => {
    const { id } = await createRoom(server);
    const anna = await joinAs(server, "anna-3", id);
    const participant = { sid: "PA_1", identity: "app:anna-3" };
    const event = { event: "participant_joined", id: "EV_1", createdAt: "1767225600", participant };
    const joined = { ...event, room: { name: `trading-${id}`, sid: "RM_1" } };
    const api = await apiOf("anna-3");
    const list = () => api.trading.voice.participants.query({ roomId: id });
    expect(await sendWebhook(server.origin, joined, "another secret of the tests")).toBe(401);
    expect(await list()).toEqual([]);
    expect(await sendWebhook(server.origin, joined)).toBe(204);
    expect(await list()).toMatchObject([{ userId: "anna-3", isConnected: true, isSpeaker: false }]);
    expect(await sendWebhook(server.origin, { ...joined, event: "participant_left" })).toBe(204);
    expect(await list()).toEqual([]);
    anna.socket.close();
  });
});
