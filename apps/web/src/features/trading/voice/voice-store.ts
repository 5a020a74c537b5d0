import type { Heard, VoiceEvent, VoiceParticipant, VoiceSession, VoiceState } from "@pult/api/trading/voice/schema.ts";
import { createStore, type StoreApi } from "zustand/vanilla";
import { type Failure, isTransient, toFailure } from "../../../trpc/failure.ts";
import { followPersistently } from "../../../trpc/follow.ts";
import { newId } from "../../thread/send-queue.ts";
import type { TradingApi } from "../room-store.ts";
import { untilAnswered } from "../until-answered.ts";
import { MicrophoneError } from "./audio.ts";
import { PeopleList } from "./people-list.ts";
import { NO_AUDIO, RoomAudio, type SetTimer } from "./room-audio.ts";
import type { Speech, SpeechProblem } from "./speech.ts";
import type { TabClaim } from "./tab-claim.ts";
import {
  SILENCE,
  type Spoken,
  withAnswer,
  withFailed,
  withFate,
  withLate,
  withSaid,
  withTold,
  withWaiting,
} from "./turns.ts";
import type { Decision, Session, VoiceListeners, VoicePorts, VoiceSnapshot } from "./voice-snapshot.ts";

type Trading = TradingApi["trading"];
type Said = { id: string; text: string; source: "speech" | "typed" };

const MAX_TEXT = 2_000;

const realTimer: SetTimer = (run, delayMs) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** The voice of one room: who is in it, and, once joined, its audio and the trader's commands. */
export class VoiceStore {
  readonly state: StoreApi<VoiceSnapshot>;
  listeners: VoiceListeners = {};
  readonly #ports: VoicePorts;
  readonly #setTimer: SetTimer;
  readonly #speech: Speech | null;
  readonly #audio: RoomAudio;
  readonly #people: PeopleList;
  readonly #stopWatching: () => void;
  #isStopped = false;
  #claim: TabClaim | null = null;
  /** Aborted when the session ends. */
  #over = new AbortController();
  #stopFollowing = () => {};
  /** Words are sent in the order in which they were said. */
  #sending: Promise<unknown> = Promise.resolve();
  /** Whether the list had this trader as a speaker when the session was last asked for. */
  #askedAs: boolean | null = null;
  #leastSkewMs = Number.POSITIVE_INFINITY;

  constructor(ports: VoicePorts) {
    this.#ports = ports;
    const setTimer = ports.setTimer ?? realTimer;
    this.#setTimer = setTimer;
    this.#speech = ports.openSpeech({
      onInterim: (interim) => this.#setSpeech({ interim }),
      onFinal: (text) => this.say(text, "speech"),
      onProblem: (problem) => this.#speechFailed(problem),
    });
    this.state = createStore<VoiceSnapshot>(() => ({
      ...NO_AUDIO,
      session: { state: "out" },
      people: null,
      mic: { isOn: false, problem: null },
      speech: this.#speech && { interim: "", problem: null },
      spoken: SILENCE,
      decision: null,
      handFailure: null,
      skewMs: null,
    }));
    this.#audio = new RoomAudio({
      ...{ openAudio: ports.openAudio, setTimer },
      onChange: (change) => this.#set(change),
      onConnected: () => void (this.#isMicOn && this.#openMicrophone()),
      onElsewhere: () => this.#end({ state: "ended", reason: "takenOver" }),
      renew: () => void this.#start(false),
    });
    this.#people = new PeopleList({ ...ports, setTimer, onChange: (people) => this.#lay(people) });
    this.#stopWatching = ports.room.state.subscribe(({ room }) => {
      if (room && (!room.me?.isMember || room.status === "closed")) this.#letGo();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#people.stop();
    this.#stopWatching();
    void this.leave();
  }

  /** @param takeOver ends it where it is open now */
  async join(takeOver = false): Promise<void> {
    if (this.state.getState().session.state === "joining") return;
    this.#set({ session: { state: "joining" }, spoken: SILENCE, decision: null });
    const { roomId, claimTab } = this.#ports;
    this.#claim?.release();
    this.#claim = await claimTab(`pult.voice.${roomId}.${this.#myTraderId}`, takeOver);
    if (this.#isStopped) return this.#end({ state: "out" });
    await this.#start(takeOver);
  }

  /** Not to take over. */
  readonly stayOut = (): void => this.#end({ state: "out" });

  readonly leave = async (): Promise<void> => {
    const { session } = this.state.getState();
    this.#end({ state: "out" });
    if (session.state === "in") await this.#leaveSession(session.id);
  };

  /** Sends a finished sentence. @param id of one that did not arrive */
  say(text: string, source: Said["source"], id = newId()): void {
    const words = text.trim().slice(0, MAX_TEXT);
    if (words === "") return;
    this.#speak((spoken) => withSaid(spoken, { id, text: words }));
    this.#sending = this.#sending.then(() => this.#send({ id, text: words, source }));
  }

  readonly confirm = (intentId: string): Promise<void> =>
    this.#decide({ intentId, asks: "confirm" }, async ({ voice }, sessionId, signal) => {
      const result = await voice.confirm.mutate({ sessionId, intentId }, { signal });
      this.#settle(intentId, { state: "confirmed" });
      this.listeners.onTraded?.(result);
    });

  /** The log says what came of it: the ticket may have been confirmed by its code at the same time. */
  readonly cancel = (intentId: string): Promise<void> =>
    this.#decide({ intentId, asks: "cancel" }, ({ voice }, sessionId, signal) =>
      voice.cancel.mutate({ sessionId, intentId }, { signal }),
    );

  /** Its time is up, and nothing is being asked about it. */
  readonly expire = (intentId: string): void =>
    this.#speak((spoken) => withFate(spoken, intentId, { state: "expired" }));

  readonly raiseHand = async (isRaised: boolean): Promise<void> => {
    this.#set({ handFailure: null });
    try {
      await this.#call(({ voice }) => voice.raiseHand.mutate({ roomId: this.#ports.roomId, isRaised }));
    } catch (error) {
      this.#set({ handFailure: toFailure(error) });
    }
  };

  /** Whether words are recognised, and, of a speaker, heard by the room. */
  readonly setMicrophone = async (isOn: boolean): Promise<void> => {
    this.#setSpeech({ problem: null });
    if (!isOn) return this.#mute(null);
    this.#set({ mic: { isOn: true, problem: null } });
    if ((await this.#openMicrophone()) && this.#isMicOn) this.#speech?.start();
  };

  /** Plays what the browser held back. */
  readonly play = (): void => void this.#audio.link?.play().catch(() => {});

  #set(change: Partial<VoiceSnapshot>): void {
    this.state.setState(change);
  }

  #speak(change: (spoken: Spoken) => Spoken): void {
    this.state.setState(({ spoken }) => ({ spoken: change(spoken) }));
  }

  #setSpeech(change: Partial<NonNullable<VoiceSnapshot["speech"]>>): void {
    this.state.setState(({ speech }) => ({ speech: speech && { ...speech, ...change } }));
  }

  #call<T>(call: (trading: Trading) => Promise<T>): Promise<T> {
    return this.#ports.port.withSession(({ trading }) => call(trading));
  }

  /** For what carries an id, until the server has answered or the session has ended. */
  #insist<T>(call: (signal: AbortSignal) => Promise<T>, onLate: () => void): Promise<T> {
    const { online } = this.#ports.port;
    return untilAnswered(call, { online, signal: this.#over.signal, onLate, setTimer: this.#setTimer });
  }

  get #myTraderId(): string | undefined {
    return this.#ports.room.state.getState().room?.me?.traderId;
  }

  get #isMicOn(): boolean {
    return this.state.getState().mic.isOn;
  }

  get #maySpeak(): boolean {
    const { session } = this.state.getState();
    return session.state === "in" && session.maySpeak;
  }

  /** Where it does not arrive, the session ends by itself. */
  async #leaveSession(sessionId: string): Promise<void> {
    await this.#call(({ voice }) => voice.leave.mutate({ sessionId })).catch(() => {});
  }

  /** Opens the session, or asks for it again: the same, with a fresh way into the audio. @returns whether there is one */
  async #start(takeOver: boolean): Promise<boolean> {
    const { roomId } = this.#ports;
    const clientId = this.#claim?.clientId;
    this.#askedAs = this.#people.isSpeaker(this.#myTraderId);
    try {
      this.#enter(await this.#call(({ voice }) => voice.start.mutate({ roomId, clientId, takeOver })));
      return true;
    } catch (error) {
      this.#notStarted(toFailure(error));
      return false;
    }
  }

  #enter({ sessionId, maySpeak, url, liveKitToken }: VoiceSession): void {
    const before = this.state.getState().session;
    // Left while it was being opened.
    if (before.state !== "joining" && before.state !== "in") return void this.#leaveSession(sessionId);
    const isSame = before.state === "in" && before.id === sessionId;
    const hasLink = this.#audio.link !== null && this.#maySpeak === maySpeak;
    this.#set({ session: { state: "in", id: sessionId, maySpeak } });
    if (!isSame) this.#follow(sessionId);
    if (url !== null && liveKitToken !== null && !hasLink) void this.#audio.connect({ url, token: liveKitToken });
  }

  #notStarted(failure: Failure): void {
    const isIn = this.state.getState().session.state === "in";
    if (failure.key === "trading.voiceOpenElsewhere") {
      const since = String(failure.params.since);
      this.#end(isIn ? { state: "ended", reason: "takenOver" } : { state: "asked", since });
    } else if (!isIn) this.#end({ state: "failed", failure });
    else if (isTransient(failure)) {
      if (this.state.getState().audio !== "none") this.#audio.retry();
    } else this.#end({ state: "ended", reason: "lost" });
  }

  #end(session: Session): void {
    this.#over.abort();
    this.#over = new AbortController();
    this.#stopFollowing();
    this.#stopFollowing = () => {};
    this.#mute(null);
    this.#audio.close();
    this.#claim?.release();
    this.#claim = null;
    this.#set({ ...NO_AUDIO, session, decision: null });
  }

  /** The trader is no longer in the room, or the room is closed. */
  #letGo(): void {
    const { state } = this.state.getState().session;
    if (state === "in" || state === "asked") this.#end({ state: "ended", reason: "lost" });
  }

  #follow(sessionId: string): void {
    this.#stopFollowing();
    this.#leastSkewMs = Number.POSITIVE_INFINITY;
    this.#stopFollowing = this.#ports.port.follow(({ trading }) =>
      followPersistently<VoiceEvent | { type: "position"; recovered: boolean }, VoiceState>(
        // Of a place that no log has: the server tells first what still waits.
        ({ lastEventId }, handlers) =>
          trading.onVoice.subscribe({ sessionId, lastEventId: lastEventId ?? "none:0" }, handlers),
        {
          onEvent: (event) => event.sessionId === sessionId && this.#hear(event),
          onPosition: (snapshot) => snapshot && this.#resume(snapshot),
          onRefused: () => this.#letGo(),
        },
      ),
    );
  }

  #resume({ isOpen, tickets }: VoiceState): void {
    if (isOpen) this.#speak((spoken) => withWaiting(spoken, tickets));
    else this.#end({ state: "ended", reason: "lost" });
  }

  #hear(event: VoiceEvent): void {
    this.#leastSkewMs = Math.min(this.#leastSkewMs, Date.now() - Date.parse(event.at));
    this.#set({ skewMs: this.#leastSkewMs });
    this.#speak((spoken) => withTold(spoken, event));
    if (event.type === "ended") this.#end({ state: "ended", reason: event.reason });
    else if (event.type === "confirmed" || event.type === "cancelled" || event.type === "refused")
      this.#decided(event.intentId);
  }

  async #send(said: Said): Promise<void> {
    if (this.state.getState().session.state !== "in") return;
    const { signal } = this.#over;
    try {
      const onLate = () => this.#speak((spoken) => withLate(spoken, said.id));
      const heard = await this.#insist((attempt) => this.#transcribe(said, attempt), onLate);
      this.#speak((spoken) => withAnswer(spoken, said.id, heard));
      if (heard.state === "confirmed") this.listeners.onTraded?.(null);
      else if (heard.refusal) this.listeners.onRefused?.();
    } catch (error) {
      if (signal.aborted) return;
      this.#speak((spoken) => withFailed(spoken, said.id, toFailure(error)));
      this.listeners.onRefused?.();
    }
  }

  async #transcribe({ id: utteranceId, text, source }: Said, signal: AbortSignal): Promise<Heard> {
    const transcribe = () => {
      const { session } = this.state.getState();
      const sessionId = session.state === "in" ? session.id : "";
      const input = { sessionId, text, isFinal: true, utteranceId, source };
      return this.#call(({ voice }) => voice.transcript.mutate(input, { signal }));
    };
    try {
      return await transcribe();
    } catch (error) {
      // It was silent for long: it goes on as another session, unless it was taken over.
      const isOver = toFailure(error).key === "trading.voiceSessionEnded";
      if (!isOver || !(await this.#start(false))) throw error;
      return transcribe();
    }
  }

  async #decide(
    asked: Omit<Decision, "isLate">,
    call: (trading: Trading, sessionId: string, signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const { session, decision } = this.state.getState();
    if (session.state !== "in" || decision) return;
    const { signal } = this.#over;
    const show = (isLate: boolean) => this.#set({ decision: { ...asked, isLate } });
    show(false);
    try {
      await this.#insist(
        (attempt) => this.#call((trading) => call(trading, session.id, attempt)),
        () => show(true),
      );
    } catch (error) {
      if (signal.aborted) return;
      this.#settle(asked.intentId, { state: "refused", failure: toFailure(error) });
      this.listeners.onRefused?.();
    }
  }

  #settle(intentId: string, fate: Parameters<typeof withFate>[2]): void {
    this.#speak((spoken) => withFate(spoken, intentId, fate));
    this.#decided(intentId);
  }

  #decided(intentId: string): void {
    if (this.state.getState().decision?.intentId === intentId) this.#set({ decision: null });
  }

  /** @returns false where the microphone is not to be had */
  async #openMicrophone(): Promise<boolean> {
    const { link } = this.#audio;
    if (!link || !this.#maySpeak) return true;
    try {
      await link.setMicrophone(true);
      // Muted meanwhile.
      if (!this.#isMicOn) await link.setMicrophone(false);
      return true;
    } catch (error) {
      if (link === this.#audio.link) this.#mute(error instanceof MicrophoneError ? error.problem : "failed");
      return false;
    }
  }

  #mute(problem: SpeechProblem | null): void {
    this.#set({ mic: { isOn: false, problem } });
    this.#setSpeech({ interim: "" });
    this.#speech?.stop();
    this.#audio.link?.setMicrophone(false).catch(() => {});
  }

  /** A speaker goes on being heard without it. */
  #speechFailed(problem: SpeechProblem): void {
    this.#setSpeech({ interim: "", problem });
    if (!this.#audio.link || !this.#maySpeak) this.#mute(null);
  }

  /** A trader who may speak now, or no longer, needs another way into the audio; whether they are heard is theirs to say again. */
  #lay(people: readonly VoiceParticipant[]): void {
    this.#set({ people });
    const { session } = this.state.getState();
    const isListed = this.#people.isSpeaker(this.#myTraderId);
    if (session.state !== "in" || isListed === session.maySpeak || isListed === this.#askedAs) return;
    this.#mute(null);
    void this.#start(false);
  }
}
