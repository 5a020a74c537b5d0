import type { TradeResult } from "@pult/api/trading/schema.ts";
import type { EndReason, VoiceParticipant } from "@pult/api/trading/voice/schema.ts";
import type { Failure } from "../../../trpc/failure.ts";
import type { RoomStore, TradingPort } from "../room-store.ts";
import type { OpenAudio } from "./audio.ts";
import type { AudioSnapshot, SetTimer } from "./room-audio.ts";
import type { OpenSpeech, SpeechProblem } from "./speech.ts";
import type { ClaimTab } from "./tab-claim.ts";
import type { Spoken } from "./turns.ts";

/** Whether this page is in the voice of the room. */
export type Session =
  | { state: "out" }
  | { state: "joining" }
  /** Another tab or device has it, and was last used then. */
  | { state: "asked"; since: string }
  | { state: "in"; id: string; maySpeak: boolean }
  /** `lost`: the room let the trader go, or the server knows nothing of it any more. */
  | { state: "ended"; reason: EndReason | "lost" }
  | { state: "failed"; failure: Failure };

/** What is being asked about the ticket that waits. */
export interface Decision {
  intentId: string;
  asks: "confirm" | "cancel";
  /** No answer has come, so that it may have been done; it is asked again, which has no second effect. */
  isLate: boolean;
}

export interface VoiceSnapshot extends AudioSnapshot {
  session: Session;
  /** Null until they were read. */
  people: readonly VoiceParticipant[] | null;
  mic: { isOn: boolean; problem: SpeechProblem | null };
  /** What the browser's recogniser hears; null where it has none. */
  speech: { interim: string; problem: SpeechProblem | null } | null;
  spoken: Spoken;
  decision: Decision | null;
  /** Why a hand was not raised. */
  handFailure: Failure | null;
  /** How far this page's clock is ahead of the server's; null before the server has told. */
  skewMs: number | null;
}

export interface VoicePorts {
  room: Pick<RoomStore, "state" | "onEvents">;
  port: TradingPort;
  roomId: string;
  openAudio: OpenAudio;
  openSpeech: OpenSpeech;
  claimTab: ClaimTab;
  setTimer?: SetTimer;
}

/** What the page does when a trade was made by voice, or refused. */
export interface VoiceListeners {
  /** The trader has pressed Confirm. */
  onTap?(): void;
  onTraded?(result: TradeResult | null): void;
  onRefused?(): void;
}
