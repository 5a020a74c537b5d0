import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor, Customer } from "../../actor.ts";
import { callerOf, keyWith, refusal } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { makeTrader, openRoom } from "../../testing/trading-room.ts";
import { GRANT } from "../curve.ts";
import type { Heard } from "./schema.ts";

describeOnBothDatabases("trading.voice", (world) => {
  const refused = (key: string, code = "CONFLICT") => refusal(code, { key: `trading.${key}` });
  const voiceOf = (actor: Actor) => callerOf(world.deps, actor).trading.voice;

  async function openVoice(options: Parameters<typeof openRoom>[1] = {}) {
    const room = await openRoom(world.deps, options);
    const { sessionId } = await voiceOf(room.trader).start({ roomId: room.roomId });
    const say = (text: string, more: { utteranceId?: string; as?: Actor } = {}): Promise<Heard> => {
      const { as = room.trader, ...given } = more;
      return voiceOf(as).transcript({ sessionId, text, isFinal: true, ...given });
    };
    const confirm = (intentId: string, as: Actor = room.trader) => voiceOf(as).confirm({ sessionId, intentId });
    const told = async () =>
      (
        await world.query<{ type: string }>(sql`
          select payload->>'type' as type from topic_events where topic like 'trading.voice:%' order by "offset"`)
      ).map(({ type }) => type);
    return { ...room, sessionId, say, confirm, told };
  }
  const ticketOf = ({ ticket }: Heard) => {
    if (!ticket) throw new Error("No ticket");
    return ticket;
  };

  it("drafts a ticket of what was said, and trades only when its code is said", async () => {
    const voice = await openVoice();
    const drafted = await voice.say("buy one and a half SOL");
    const ticket = ticketOf(drafted);
    expect(drafted.command).toMatchObject({ intent: "buy", confidence: 0.95 });
    expect(ticket).toMatchObject({ side: "buy", exact: "in", amount: "1500000000", amountIn: "1500000000" });
    expect(await world.countRows("trades")).toBe(0);
    const confirmed = await voice.say(`confirm ${ticket.code}`);
    expect(confirmed).toMatchObject({ ticket: { intentId: ticket.intentId }, refusal: null });
    const { trades, me } = await voice.state(voice.trader);
    expect(trades).toMatchObject([{ sequence: confirmed.sequence, amountOut: ticket.amountOut }]);
    expect(me?.balances).toEqual({ sol: String(GRANT - 1_500_000_000n), token: ticket.amountOut });
    expect(await voice.told()).toEqual([
      ...["transcription", "command", "ticket", "transcription", "command", "confirmed"],
    ]);
  });

  it("sells half of what is held, in Russian, by a tap", async () => {
    const voice = await openVoice();
    const bought = await voice.trade(voice.trader, { side: "buy", amount: "1000000001" });
    const ticket = ticketOf(await voice.say("продай половину"));
    const half = BigInt(bought.balances.token) / 2n;
    expect(ticket).toMatchObject({ side: "sell", amountIn: String(half) });
    const { balances } = await voice.confirm(ticket.intentId);
    expect(BigInt(balances.token)).toBe(BigInt(bought.balances.token) - half);
  });

  it("makes one intent of a turn that comes twice, by its id and by its words, also at once", async () => {
    const voice = await openVoice();
    const first = await voice.say("buy 1 sol", { utteranceId: "turn-1" });
    const again = await Promise.all(
      Array.from({ length: 10 }, () => voice.say("buy 1 sol", { utteranceId: "turn-1" })),
    );
    for (const one of again) expect(one).toEqual({ ...first, isRepeat: true });
    for (const same of ["buy 1 sol", "Buy 1 SOL."]) expect(await voice.say(same)).toEqual({ ...first, isRepeat: true });
    await expect(voice.say("buy 2 sol", { utteranceId: "turn-1" })).rejects.toMatchObject(
      refused("clientIdReused", "VALIDATION"),
    );
    world.deps.clock.advance(30_001);
    expect((await voice.say("buy 1 sol")).intentId).not.toBe(first.intentId);
    expect(await world.countRows("voice_utterances")).toBe(2);
  });

  it("trades once, however often and at once a ticket is confirmed", async () => {
    const voice = await openVoice();
    const { intentId, code } = ticketOf(await voice.say("buy 1 sol"));
    const answers = await Promise.all(Array.from({ length: 20 }, () => voice.confirm(intentId)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect((await voice.say(`confirm ${code}`)).refusal?.key).toBe("trading.voiceTicketNotFound");
    world.deps.clock.advance(3_600_000);
    expect(await voice.confirm(intentId)).toEqual(answers[0]);
    expect(await world.countRows("trades")).toBe(1);
  });

  it("answers a repeated spoken confirmation as the first, and trades nothing again", async () => {
    const voice = await openVoice();
    const { code } = ticketOf(await voice.say("buy 1 sol"));
    const first = await voice.say(`confirm ${code}`, { utteranceId: "yes" });
    expect(await voice.say(`confirm ${code}`, { utteranceId: "yes" })).toEqual({ ...first, isRepeat: true });
    expect(await world.countRows("trades")).toBe(1);
  });

  it("confirms the ticket that waits for a code, also where the same words confirmed another a moment before", async () => {
    const voice = await openVoice();
    const { code } = ticketOf(await voice.say("buy 1 sol"));
    await voice.say(`confirm ${code}`);
    const { intentId } = ticketOf(await voice.say("buy 2 sol"));
    await world.deps.db.execute(sql`
      update voice_utterances set ticket = jsonb_set(ticket, '{code}', to_jsonb(${code}::text)) where id = ${intentId}::uuid`);
    expect(await voice.say(`confirm ${code}`)).toMatchObject({ isRepeat: false, ticket: { intentId } });
    expect(await world.countRows("trades")).toBe(2);
  });

  it("refuses a ticket whose price has moved, for good, and never prices it anew", async () => {
    const voice = await openVoice({ traders: 2 });
    const other = voice.traders[1] as Customer;
    const { intentId } = ticketOf(await voice.say("buy 1 sol"));
    const { balances } = await voice.trade(other, { side: "buy", amount: "1000000000" });
    await expect(voice.confirm(intentId)).rejects.toMatchObject(refused("quoteChanged"));
    await voice.trade(other, { side: "sell", amount: balances.token });
    await expect(voice.confirm(intentId)).rejects.toMatchObject(refused("quoteChanged"));
    expect(await world.countRows("trades")).toBe(2);
    expect((await voice.told()).at(-1)).toBe("refused");
  });

  it("refuses an expired ticket, and one that a crash left half confirmed once its time is over", async () => {
    const voice = await openVoice();
    const { intentId } = ticketOf(await voice.say("buy 1 sol"));
    world.deps.clock.advance(15_001);
    await expect(voice.confirm(intentId)).rejects.toMatchObject(refused("voiceTicketExpired"));
    const second = ticketOf(await voice.say("buy 2 sol"));
    await world.deps.db.execute(
      sql`update voice_utterances set state = 'confirming' where id = ${second.intentId}::uuid`,
    );
    await expect(voice.confirm(second.intentId)).rejects.toMatchObject(refused("voiceTicketBusy", "UNAVAILABLE"));
    world.deps.clock.advance(15_001);
    await expect(voice.confirm(second.intentId)).rejects.toMatchObject(refused("quoteExpired"));
    expect(await world.countRows("trades")).toBe(0);
  });

  it.each(["stop", "отмена", "buy two sol, no, cancel"])("drops what waits by %j", async (text) => {
    const voice = await openVoice();
    const { intentId, code } = ticketOf(await voice.say("buy 1 sol"));
    expect(await voice.say(text)).toMatchObject({ command: { intent: "cancel" }, ticket: null });
    await expect(voice.confirm(intentId)).rejects.toMatchObject(refused("voiceTicketCancelled"));
    expect((await voice.say(`confirm ${code}`)).refusal?.key).toBe("trading.voiceTicketNotFound");
    expect(await world.countRows("trades")).toBe(0);
    const next = ticketOf(await voice.say("buy 1 sol"));
    expect(next.intentId).not.toBe(intentId);
    await voice.say(text);
    await expect(voice.confirm(next.intentId)).rejects.toMatchObject(refused("voiceTicketCancelled"));
  });

  it("replaces a ticket by the next, and drops it when the session is left", async () => {
    const voice = await openVoice();
    const first = ticketOf(await voice.say("buy 1 sol"));
    const second = ticketOf(await voice.say("buy 2 sol"));
    await expect(voice.confirm(first.intentId)).rejects.toMatchObject(refused("voiceTicketCancelled"));
    await voiceOf(voice.trader).leave({ sessionId: voice.sessionId });
    await voiceOf(voice.trader).leave({ sessionId: voice.sessionId });
    await expect(voice.confirm(second.intentId)).rejects.toMatchObject(refused("voiceTicketCancelled"));
    await expect(voice.say("buy 1 sol")).rejects.toMatchObject(refused("voiceSessionEnded"));
  });

  it("understands nothing of what is not final, and answers what cannot be traded", async () => {
    const voice = await openVoice();
    const interim = { sessionId: voice.sessionId, text: "buy 1 sol", isFinal: false };
    expect(await voiceOf(voice.trader).transcript(interim)).toMatchObject({ intentId: null, ticket: null });
    expect(await world.countRows("voice_utterances")).toBe(0);
    for (const [text, key] of [
      ["buy 11 sol", "insufficientBalance"],
      ["buy 999999999999 sol", "insufficientBalance"],
      ["sell 40 sol", "insufficientBalance"],
      ["sell all", "nothingToTrade"],
      ["sell 5 tokens", "insufficientBalance"],
      ["confirm 42", "voiceTicketNotFound"],
    ] as const)
      expect(await voice.say(text)).toMatchObject({ ticket: null, refusal: { key: `trading.${key}` } });
    for (const text of ["I would buy 1 sol", "buy one sol?", "by the way", "buy"])
      expect(await voice.say(text)).toMatchObject({ ticket: null, refusal: null });
    expect((await voice.say("сколько у меня")).command?.parameters).toEqual({ sol: String(GRANT), token: "0" });
    expect((await voice.say("price")).command?.parameters.price).toMatch(/^\d+\.\d+$/);
  });

  it("is deaf to strangers, unknown sessions and texts beyond the limit", async () => {
    const voice = await openVoice({ traders: 2 });
    const stranger = voice.traders[1] as Customer;
    const { intentId } = ticketOf(await voice.say("buy 1 sol"));
    const missing = refused("voiceSessionNotFound", "NOT_FOUND");
    await expect(voice.say("stop", { as: stranger })).rejects.toMatchObject(missing);
    await expect(voice.confirm(intentId, stranger)).rejects.toMatchObject(missing);
    await expect(voiceOf(stranger).leave({ sessionId: voice.sessionId })).rejects.toMatchObject(missing);
    await expect(
      voiceOf(stranger).transcript({ sessionId: crypto.randomUUID(), text: "buy", isFinal: true }),
    ).rejects.toMatchObject(missing);
    const own = await voiceOf(stranger).start({ roomId: voice.roomId });
    await expect(voiceOf(stranger).confirm({ sessionId: own.sessionId, intentId })).rejects.toMatchObject(
      refused("voiceTicketNotFound", "NOT_FOUND"),
    );
    await expect(voice.say("a".repeat(10_000))).rejects.toMatchObject({ code: "BAD_REQUEST" });
    expect(ticketOf(await voice.say("buy 1 sol")).intentId).toBe(intentId);
  });

  it("takes words from a worker with a key that may write, and from no other", async () => {
    const voice = await openVoice();
    const said = await voice.say("buy 1 sol", { as: keyWith("trading:write") });
    expect((await voice.confirm(ticketOf(said).intentId)).trade.userId).toBe(voice.trader.externalId);
    await expect(voice.say("stop", { as: keyWith("trading:read") })).rejects.toMatchObject(refusal("FORBIDDEN"));
  });

  it("tells the trader what is heard, from where they were, and no others", async () => {
    const voice = await openVoice({ traders: 2 });
    const { sessionId, trader } = voice;
    const follow = (actor: Actor, lastEventId?: string) =>
      readerOf((signal) => callerOf(world.deps, actor, signal).trading.onVoice({ sessionId, lastEventId }));
    const first = follow(trader);
    const [position] = (await first.next()) as unknown as [string];
    await first.stop();
    const ticket = ticketOf(await voice.say("buy 1 sol"));
    const again = follow(trader, position);
    const events = (await again.take(4)) as unknown as [string, { type: string }][];
    await again.stop();
    expect(events.map(([, { type }]) => type)).toEqual(["position", "transcription", "command", "ticket"]);
    const late = follow(trader, "gone:1");
    expect((await late.next()) as unknown).toMatchObject({ 1: { snapshot: { isOpen: true, tickets: [ticket] } } });
    await late.stop();
    await expect(follow(voice.traders[1] as Customer).next()).rejects.toMatchObject({
      key: "trading.voiceSessionNotFound",
    });
  });

  it("asks before a second tab takes over, and gives a repeat the same session", async () => {
    const { roomId, trader } = await openRoom(world.deps);
    const start = (clientId: string, takeOver = false) => voiceOf(trader).start({ roomId, clientId, takeOver });
    const first = await start("tab-1");
    expect(first).toMatchObject({ liveKitToken: null, url: null });
    expect(await start("tab-1")).toEqual(first);
    await expect(start("tab-2")).rejects.toMatchObject(refused("voiceOpenElsewhere"));
    const second = await start("tab-2", true);
    await expect(
      voiceOf(trader).transcript({ sessionId: first.sessionId, text: "buy 1 sol", isFinal: true }),
    ).rejects.toMatchObject(refused("voiceSessionEnded"));
    world.deps.clock.advance(30 * 60_000 + 1);
    expect((await start("tab-3")).sessionId).not.toBe(second.sessionId);
  });

  it("opens for members of rooms that are not closed, alone", async () => {
    const room = await openRoom(world.deps);
    const start = (actor: Actor, roomId = room.roomId) => voiceOf(actor).start({ roomId });
    await expect(start(makeTrader())).rejects.toMatchObject(refused("notJoined", "FORBIDDEN"));
    await expect(start(room.trader, crypto.randomUUID())).rejects.toMatchObject(refused("roomNotFound", "NOT_FOUND"));
    await expect(start(keyWith("trading:write"))).rejects.toMatchObject(refusal("VALIDATION"));
    const { sessionId } = await start(room.trader);
    const traderId = (await room.state(room.trader)).me?.traderId ?? "";
    await room.staff.moderation.remove({ roomId: room.roomId, traderId });
    await expect(
      voiceOf(room.trader).transcript({ sessionId, text: "buy 1 sol", isFinal: true }),
    ).rejects.toMatchObject(refused("removed", "FORBIDDEN"));
    await room.staff.rooms.close({ roomId: room.roomId });
    await expect(start(room.trader)).rejects.toMatchObject(refused("removed", "FORBIDDEN"));
  });
});
