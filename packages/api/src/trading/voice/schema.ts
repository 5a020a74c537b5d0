import { z } from "zod";
import { baseUnits, clientId, price, roomId, storable, userId } from "../fields.ts";
import { side } from "../schema.ts";
import { command } from "./grammar/schema.ts";

const sessionId = z.uuid().toLowerCase();
const intentId = z.uuid().toLowerCase();
const at = z.iso.datetime();

export const startVoiceInput = z.object({
  roomId,
  userId: userId.optional(),
  /** Whether a session that is open elsewhere may be ended. */
  takeOver: z.boolean().default(false),
  /** Of the tab: a repeat with the same id gets the same session. */
  clientId: clientId.optional(),
});
export type StartVoiceInput = z.infer<typeof startVoiceInput>;

export const voiceSessionInput = z.object({ sessionId });
export type VoiceSessionInput = z.infer<typeof voiceSessionInput>;

export const transcriptInput = z.object({
  sessionId,
  text: z.string().trim().min(1).max(2_000).refine(storable, "No NUL or half characters"),
  /** Only what is final is understood. */
  isFinal: z.boolean(),
  /** Of the turn: a repeat with the same id is answered as the first. Without one, the same words within 30 s are a repeat. */
  utteranceId: clientId.optional(),
  source: z.enum(["speech", "typed"]).default("speech"),
});
export type TranscriptInput = z.infer<typeof transcriptInput>;

export const confirmInput = z.object({ sessionId, intentId });
export type ConfirmInput = z.infer<typeof confirmInput>;
export const cancelInput = z.object({ sessionId, intentId: intentId.optional() });
export type CancelInput = z.infer<typeof cancelInput>;
export const followVoiceInput = z.object({ sessionId, lastEventId: z.string().max(128).nullish() });
export const raiseHandInput = z.object({ roomId, userId: userId.optional(), isRaised: z.boolean() });
export type RaiseHandInput = z.infer<typeof raiseHandInput>;
export const speakerInput = z.object({ roomId, traderId: z.uuid().toLowerCase(), isSpeaker: z.boolean() });
export type SpeakerInput = z.infer<typeof speakerInput>;

/** An order that was said and waits to be confirmed: it is made as shown or better, or refused. */
export const ticket = z.object({
  intentId: z.uuid(),
  sessionId: z.uuid(),
  side,
  exact: z.enum(["in", "out"]),
  /** As `trade` takes it. */
  amount: baseUnits,
  /** The most that the trader gives, and the least that they get. */
  amountIn: baseUnits,
  amountOut: baseUnits,
  /** Lamports. */
  fee: baseUnits,
  /** Average before the fee. */
  price,
  /** To be said for confirming. */
  code: z.string().regex(/^[1-9]\d$/),
  expiresAt: at,
});
export type Ticket = z.infer<typeof ticket>;

export type TicketState = "draft" | "confirming" | "confirmed" | "cancelled" | "refused";

/** Why a command has no effect, as errors are told. */
export const refusal = z.object({
  key: z.string(),
  message: z.string(),
  params: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type Refusal = z.infer<typeof refusal>;

const about = { sessionId: z.uuid(), at };
const cancelReason = z.enum(["said", "replaced", "ended"]);
export type CancelReason = z.infer<typeof cancelReason>;
const endReason = z.enum(["left", "takenOver", "idle"]);
export type EndReason = z.infer<typeof endReason>;

/** What happens in a trader's sessions in a room, in one order. */
export const voiceEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("transcription"), ...about, text: z.string(), isFinal: z.boolean() }),
  z.object({ type: z.literal("command"), ...about, intentId: z.uuid(), ...command.shape }),
  z.object({ type: z.literal("ticket"), ...about, ticket }),
  z.object({ type: z.literal("confirmed"), ...about, intentId: z.uuid(), sequence: z.int() }),
  z.object({ type: z.literal("cancelled"), ...about, intentId: z.uuid(), reason: cancelReason }),
  z.object({ type: z.literal("refused"), ...about, intentId: z.uuid(), refusal }),
  z.object({ type: z.literal("ended"), ...about, reason: endReason }),
]);
export type VoiceEvent = z.infer<typeof voiceEvent>;

export interface VoiceSession {
  sessionId: string;
  /** Null where no LiveKit is configured: commands are typed, or recognised by the browser. */
  liveKitToken: string | null;
  url: string | null;
  maySpeak: boolean;
}

/** What became of a turn. */
export interface Heard {
  /** Null for what is not final. */
  intentId: string | null;
  command: z.infer<typeof command> | null;
  /** The ticket that the turn drafts or confirms, where there is one. */
  ticket: Ticket | null;
  state: TicketState | null;
  /** The place of the trade that the turn confirmed. */
  sequence: number | null;
  refusal: Refusal | null;
  /** It was heard before. */
  isRepeat: boolean;
}

/** What a session starts from when its log cannot be continued. */
export interface VoiceState {
  sessionId: string;
  isOpen: boolean;
  /** Drafts that can still be confirmed. */
  tickets: Ticket[];
}

export interface VoiceParticipant {
  traderId: string;
  userId: string;
  name: string | null;
  isSpeaker: boolean;
  isConnected: boolean;
  handRaisedAt: string | null;
}
