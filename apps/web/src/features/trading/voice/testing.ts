import type { Command } from "@pult/api/trading/voice/grammar/schema.ts";
import type { Heard, Ticket, VoiceParticipant } from "@pult/api/trading/voice/schema.ts";

const NOON = Date.parse("2026-11-29T12:00:00.000Z");
/** Seconds after noon. */
export const at = (seconds: number): string => new Date(NOON + seconds * 1_000).toISOString();

export const ticketOf = (intentId: string, fields: Partial<Ticket> = {}): Ticket => ({
  ...{ intentId, sessionId: "s", side: "buy", exact: "in" },
  ...{ amount: "100000000", amountIn: "100000000", amountOut: "3564784053156", fee: "1000000", price: "28.05" },
  ...{ code: "42", expiresAt: at(15) },
  ...fields,
});

export const BUY: Command = {
  intent: "buy",
  parameters: { amount: { kind: "exact", value: "0.1", unit: "sol" } },
  confidence: 0.95,
};

export const heardOf = (fields: Partial<Heard> = {}): Heard => ({
  ...{ intentId: "i1", command: BUY, ticket: ticketOf("i1"), state: "draft" },
  ...{ sequence: null, refusal: null, isRepeat: false },
  ...fields,
});

export const personOf = (traderId: string, fields: Partial<VoiceParticipant> = {}): VoiceParticipant => ({
  ...{ traderId, userId: traderId, name: traderId },
  ...{ isSpeaker: false, isConnected: true, handRaisedAt: null },
  ...fields,
});
