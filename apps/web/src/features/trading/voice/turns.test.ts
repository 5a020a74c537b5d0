import type { VoiceEvent } from "@pult/api/trading/voice/schema.ts";
import { describe, expect, it } from "vitest";
import { at, BUY, heardOf, ticketOf } from "./testing.ts";
import {
  SILENCE,
  type Spoken,
  timeLeft,
  waitingOrder,
  withAnswer,
  withFailed,
  withFate,
  withSaid,
  withTold,
  withWaiting,
} from "./turns.ts";

const about = { sessionId: "s", at: at(0) };
const told = (spoken: Spoken, ...events: VoiceEvent[]): Spoken => events.reduce(withTold, spoken);
const said = (text: string): VoiceEvent => ({ type: "transcription", ...about, text, isFinal: true });
const command = (intentId: string): VoiceEvent => ({ type: "command", ...about, intentId, ...BUY });
const drafted = (intentId: string): VoiceEvent => ({ type: "ticket", ...about, ticket: ticketOf(intentId) });
const confirmed = (intentId: string): VoiceEvent => ({ type: "confirmed", ...about, intentId, sequence: 7 });
const cancelled = (intentId: string): VoiceEvent => ({ type: "cancelled", ...about, intentId, reason: "said" });
const refused = (intentId: string): VoiceEvent => ({
  ...{ type: "refused", ...about, intentId },
  refusal: { key: "trading.quoteChanged", message: "", params: {} },
});

describe("What was said by voice", () => {
  const own = withSaid(SILENCE, { id: "u1", text: "buy 0.1 sol" });
  const log = [said("buy 0.1 sol"), command("i1"), drafted("i1")];

  it.each([
    ["the answer first", (spoken: Spoken) => told(withAnswer(spoken, "u1", heardOf()), ...log)],
    ["the log first", (spoken: Spoken) => withAnswer(told(spoken, ...log), "u1", heardOf())],
    [
      "the answer in the middle",
      (spoken: Spoken) => told(withAnswer(told(spoken, ...log.slice(0, 2)), "u1", heardOf()), ...log.slice(2)),
    ],
  ])("is one turn with one ticket, heard of by %s", (_, hear) => {
    const spoken = hear(own);
    expect(spoken.turns).toEqual([
      { id: "u1", text: "buy 0.1 sol", intentId: "i1", command: BUY, refusal: null, isLate: false, failure: null },
    ]);
    expect(waitingOrder(spoken)).toEqual({ ticket: ticketOf("i1"), state: "waiting" });
  });

  it("shows what a server recognised as a turn of its own, and its words before they are final", () => {
    const interim = told(SILENCE, { type: "transcription", ...about, text: "buy zero", isFinal: false });
    expect(interim.interim).toBe("buy zero");
    const spoken = told(interim, ...log);
    expect(spoken).toMatchObject({ interim: "", turns: [{ id: "i1", text: "buy 0.1 sol", intentId: "i1" }] });
  });

  it("leaves a settled ticket as it is, whatever is heard of it later", () => {
    const done = told(own, ...log, confirmed("i1"));
    for (const spoken of [
      withAnswer(done, "u1", heardOf()),
      told(done, drafted("i1"), cancelled("i1"), refused("i1")),
      withFate(done, "i1", { state: "cancelled", reason: "said" }),
    ])
      expect(spoken.orders).toEqual([{ ticket: ticketOf("i1"), state: "confirmed" }]);
    expect(waitingOrder(done)).toBeNull();
  });

  it("says that a trade was made, also where it was thought to be refused", () => {
    const spoken = told(own, ...log, refused("i1"), confirmed("i1"));
    expect(spoken.orders).toMatchObject([{ state: "confirmed" }]);
  });

  it("keeps why a ticket or a turn was refused", () => {
    expect(told(own, ...log, refused("i1")).orders).toMatchObject([
      { state: "refused", failure: { key: "trading.quoteChanged" } },
    ]);
    const turn = told(own, said("buy 0.1 sol"), command("i1"), refused("i1"));
    expect(turn.turns).toMatchObject([{ refusal: { key: "trading.quoteChanged" } }]);
  });

  it("takes the trade from the answer to a spoken code", () => {
    const spoken = withSaid(told(own, ...log), { id: "u2", text: "confirm 42" });
    const answer = heardOf({
      intentId: "i2",
      command: { intent: "confirm", parameters: { code: "42" }, confidence: 0.95 },
      state: "confirmed",
    });
    expect(withAnswer(spoken, "u2", answer).orders).toEqual([{ ticket: ticketOf("i1"), state: "confirmed" }]);
  });

  it("keeps what was not taken, to be sent again under the same id", () => {
    const failed = withFailed(own, "u1", { kind: "invalid", key: null, params: {}, retryAfterSeconds: null });
    expect(failed.turns).toMatchObject([{ failure: { kind: "invalid" } }]);
    expect(withSaid(failed, { id: "u1", text: "buy 0.1 sol" })).toEqual(own);
  });

  it("lets go of tickets that no longer wait after a hole in the log", () => {
    const spoken = told(own, ...log);
    expect(withWaiting(spoken, []).orders).toEqual([]);
    expect(waitingOrder(withWaiting(spoken, [ticketOf("i3")]))?.ticket.intentId).toBe("i3");
  });

  it("counts the time of a ticket by the server's clock", () => {
    const now = Date.parse(at(0)) + 60_000;
    expect(timeLeft(ticketOf("i1"), { now, skewMs: 60_000 })).toBe(15_000);
    expect(timeLeft(ticketOf("i1"), { now, skewMs: 0 })).toBe(0);
    expect(timeLeft(ticketOf("i1"), { now, skewMs: null })).toBe(15_000);
  });
});
