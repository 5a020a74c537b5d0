import type { RoomEvent } from "@pult/api/trading/schema.ts";
import type { VoiceEvent, VoiceParticipant, VoiceSession, VoiceState } from "@pult/api/trading/voice/schema.ts";
import { TRPCClientError } from "@trpc/client";
import { afterEach, expect, it } from "vitest";
import { createStore } from "zustand/vanilla";
import type { RoomSnapshot, TradingApi, TradingPort } from "../room-store.ts";
import { newRoom } from "../testing.ts";
import { EMPTY } from "../timeline.ts";
import { type AudioLink, type AudioListeners, MicrophoneError } from "./audio.ts";
import type { SpeechListeners } from "./speech.ts";
import { at, heardOf, personOf, ticketOf } from "./testing.ts";
import { waitingOrder } from "./turns.ts";
import { VoiceStore } from "./voice-store.ts";

type Envelope = { id: string; data: VoiceEvent | { type: "position"; recovered: boolean; snapshot?: VoiceState } };

/** An error as the client throws it. Without a code no answer came. */
function failed(code?: string, name?: string, params: object = {}): Error {
  const data = { code, key: name && `trading.${name}`, params };
  const error = { code: -32_000, message: "Refused", data };
  return code === undefined ? new TRPCClientError("Lost") : TRPCClientError.from({ error } as never);
}

const stores: VoiceStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) store.stop();
});

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A room's voice with everything around it in the hands of the test. */
async function open({ people = [] as VoiceParticipant[], hasAudio = false, hasSpeech = true } = {}) {
  const calls: [name: string, input: Record<string, unknown>][] = [];
  const answers: Record<string, (() => unknown)[]> = {};
  const session: VoiceSession = {
    ...{ sessionId: "s", maySpeak: false },
    ...(hasAudio ? { url: "wss://voice.example.com", liveKitToken: "token" } : { url: null, liveKitToken: null }),
  };
  const usual: Record<string, unknown> = {
    start: session,
    participants: people,
    transcript: heardOf(),
    confirm: { trade: {} },
  };
  const procedure = (name: string) => async (input: Record<string, unknown>) => {
    calls.push([name, input]);
    const answer = answers[name]?.shift();
    return answer ? answer() : usual[name];
  };
  let emit: (envelope: Envelope) => void = () => {};
  const names = ["start", "transcript", "confirm", "cancel", "leave", "raiseHand"];
  const voice = {
    ...Object.fromEntries(names.map((name) => [name, { mutate: procedure(name) }])),
    participants: { query: procedure("participants") },
  };
  const onVoice = {
    subscribe(input: Record<string, unknown>, handlers: { onData(envelope: Envelope): void }) {
      calls.push(["onVoice", input]);
      emit = handlers.onData;
      return { unsubscribe: () => calls.push(["unsubscribe", {}]) };
    },
  };
  const api = { trading: { voice, onVoice } } as unknown as TradingApi;
  const online = { get: () => ({ state: "live" }), subscribe: () => () => {} } as unknown as TradingPort["online"];
  const port: TradingPort = { withSession: (call) => call(api), follow: (follower) => follower(api), online };
  const roomState = createStore<RoomSnapshot>(() => ({
    room: newRoom(),
    timeline: EMPTY,
    older: "idle",
    failure: null,
  }));
  let tellRoom: (event: RoomEvent | null) => void = () => {};
  const timers: { run: () => void; delayMs: number }[] = [];
  const links: { listeners: AudioListeners; did: string[]; refuses: MicrophoneError | null }[] = [];
  let audioFails = 0;
  const heard: { listeners: SpeechListeners | null; did: string[] } = { listeners: null, did: [] };
  let claims = 0;
  const store = new VoiceStore({
    ...{ port, roomId: "r" },
    room: {
      state: roomState,
      onEvents(listener) {
        tellRoom = listener;
        return () => {};
      },
    },
    async openAudio(_, listeners): Promise<AudioLink> {
      if (audioFails-- > 0) throw new Error("Unreachable");
      const link = { listeners, did: [] as string[], refuses: null as MicrophoneError | null };
      links.push(link);
      return {
        async setMicrophone(isOn) {
          if (isOn && link.refuses) throw link.refuses;
          link.did.push(isOn ? "on" : "off");
        },
        play: async () => void link.did.push("play"),
        close: () => void link.did.push("close"),
      };
    },
    openSpeech(listeners) {
      heard.listeners = listeners;
      return hasSpeech ? { start: () => heard.did.push("start"), stop: () => heard.did.push("stop") } : null;
    },
    claimTab: async () => ({ clientId: `tab-${++claims}`, release() {} }),
    setTimer(run, delayMs) {
      const timer = { run, delayMs };
      timers.push(timer);
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
      };
    },
  });
  stores.push(store);
  await settle();
  const inputsOf = (name: string) => calls.filter(([one]) => one === name).map(([, input]) => input);
  let offset = 0;
  return {
    ...{ store, calls, inputsOf, links, timers, heard, roomState },
    state: () => store.state.getState(),
    answer: (name: string, ...given: (() => unknown)[]) => {
      answers[name] = [...(answers[name] ?? []), ...given];
    },
    tell: (...events: VoiceEvent[]) => {
      for (const data of events) emit({ id: `e:${++offset}`, data });
    },
    position: (snapshot: VoiceState) =>
      emit({ id: `e:${offset}`, data: { type: "position", recovered: false, snapshot } }),
    tellRoom: (event: RoomEvent | null) => tellRoom(event),
    failAudio: (times: number) => {
      audioFails = times;
    },
    async runTimers() {
      for (const { run } of timers.splice(0)) run();
      await settle();
    },
    async join() {
      await store.join();
      await settle();
    },
  };
}

const about = { sessionId: "s", at: at(0) };
const refuses =
  (...given: Parameters<typeof failed>) =>
  () => {
    throw failed(...given);
  };

it("joins, sends each sentence in its turn under an id of its own, and leaves", async () => {
  const voice = await open();
  await voice.join();
  expect(voice.state()).toMatchObject({ session: { state: "in", id: "s", maySpeak: false }, audio: "none" });
  expect(voice.inputsOf("start")).toEqual([{ roomId: "r", clientId: "tab-1", takeOver: false }]);
  expect(voice.inputsOf("onVoice")).toEqual([{ sessionId: "s", lastEventId: "none:0" }]);
  voice.store.say(" buy 0.1 sol ", "typed");
  voice.heard.listeners?.onFinal("price");
  voice.store.say("  ", "typed");
  await settle();
  const [typed, spoken, ...more] = voice.inputsOf("transcript");
  expect(typed).toMatchObject({ sessionId: "s", text: "buy 0.1 sol", isFinal: true, source: "typed" });
  expect(spoken).toMatchObject({ text: "price", source: "speech" });
  expect(typed?.utteranceId).not.toBe(spoken?.utteranceId);
  expect(more).toEqual([]);
  await voice.store.leave();
  expect(voice.inputsOf("leave")).toEqual([{ sessionId: "s" }]);
  expect(voice.state().session).toEqual({ state: "out" });
});

it("asks before it takes over, and does so with another id", async () => {
  const voice = await open();
  voice.answer("start", refuses("CONFLICT", "voiceOpenElsewhere", { since: at(0) }));
  await voice.join();
  expect(voice.state().session).toEqual({ state: "asked", since: at(0) });
  voice.store.stayOut();
  expect(voice.state().session).toEqual({ state: "out" });
  await voice.store.join(true);
  expect(voice.inputsOf("start").at(-1)).toEqual({ roomId: "r", clientId: "tab-2", takeOver: true });
  expect(voice.state().session.state).toBe("in");
  voice.tell({ type: "ended", ...about, reason: "takenOver" });
  expect(voice.state().session).toEqual({ state: "ended", reason: "takenOver" });
});

it("confirms a ticket once, asking under the same id until there is an answer", async () => {
  const voice = await open();
  const traded: unknown[] = [];
  voice.store.listeners = { onTraded: (result) => traded.push(result) };
  await voice.join();
  voice.tell({ type: "ticket", ...about, ticket: ticketOf("i1") });
  voice.answer("confirm", refuses());
  const confirming = voice.store.confirm("i1");
  expect(voice.state().decision).toEqual({ intentId: "i1", asks: "confirm", isLate: false });
  await Promise.all([voice.store.confirm("i1"), voice.store.cancel("i1"), settle()]);
  expect(voice.state().decision).toMatchObject({ asks: "confirm", isLate: true });
  expect(waitingOrder(voice.state().spoken)).not.toBeNull();
  await voice.runTimers();
  await confirming;
  expect(voice.inputsOf("confirm")).toEqual([0, 1].map(() => ({ sessionId: "s", intentId: "i1" })));
  expect(voice.inputsOf("cancel")).toEqual([]);
  expect(voice.state()).toMatchObject({ decision: null, spoken: { orders: [{ state: "confirmed" }] } });
  expect(traded).toEqual([{ trade: {} }]);
});

it("says that words have not arrived yet, and sends them no more once the session is left", async () => {
  const voice = await open();
  await voice.join();
  voice.answer("transcript", refuses());
  voice.store.say("price", "typed");
  await settle();
  expect(voice.state().spoken.turns).toMatchObject([{ text: "price", isLate: true, failure: null }]);
  await voice.store.leave();
  await voice.runTimers();
  expect(voice.inputsOf("transcript")).toHaveLength(1);
});

it("says why a ticket was refused, and drops one when the log says that it was cancelled", async () => {
  const voice = await open();
  await voice.join();
  voice.tell({ type: "ticket", ...about, ticket: ticketOf("i1") });
  voice.answer("confirm", refuses("CONFLICT", "quoteChanged"));
  await voice.store.confirm("i1");
  expect(voice.state().spoken.orders).toMatchObject([{ state: "refused", failure: { key: "trading.quoteChanged" } }]);
  voice.tell({ type: "ticket", ...about, ticket: ticketOf("i2") });
  await voice.store.cancel("i2");
  expect(waitingOrder(voice.state().spoken)?.ticket.intentId).toBe("i2");
  voice.tell({ type: "cancelled", ...about, intentId: "i2", reason: "said" });
  expect(waitingOrder(voice.state().spoken)).toBeNull();
  expect(voice.state().decision).toBeNull();
});

it("goes on as another session after a long silence, and sends the words once more", async () => {
  const voice = await open();
  await voice.join();
  voice.answer("transcript", refuses("CONFLICT", "voiceSessionEnded"));
  voice.answer("start", () => ({ sessionId: "s2", maySpeak: false, url: null, liveKitToken: null }));
  voice.store.say("price", "typed");
  await settle();
  expect(voice.inputsOf("transcript").map(({ sessionId }) => sessionId)).toEqual(["s", "s2"]);
  expect(voice.state()).toMatchObject({ session: { id: "s2" }, spoken: { turns: [{ failure: null }] } });
});

it("shows what still waits after a hole in its log, and that it is over", async () => {
  const voice = await open();
  await voice.join();
  voice.position({ sessionId: "s", isOpen: true, tickets: [ticketOf("i9")] });
  expect(waitingOrder(voice.state().spoken)?.ticket.intentId).toBe("i9");
  voice.position({ sessionId: "s", isOpen: false, tickets: [] });
  expect(voice.state().session).toEqual({ state: "ended", reason: "lost" });
});

it("ends when the trader leaves the room, and when the room is closed", async () => {
  for (const room of [newRoom({ status: "closed" }), newRoom({ me: null })]) {
    const voice = await open();
    await voice.join();
    voice.roomState.setState({ room });
    expect(voice.state().session).toEqual({ state: "ended", reason: "lost" });
  }
});

it("connects the audio where the server has it, and anew with a fresh token when it is lost", async () => {
  const voice = await open({ hasAudio: true });
  voice.failAudio(1);
  await voice.join();
  expect(voice.state().audio).toBe("reconnecting");
  expect(voice.timers.map(({ delayMs }) => delayMs)).toEqual([1_000]);
  await voice.runTimers();
  expect(voice.inputsOf("start")).toHaveLength(2);
  expect(voice.state()).toMatchObject({ session: { state: "in" }, audio: "connected" });
  const [first] = voice.links;
  first?.listeners.onReconnecting(true);
  expect(voice.state().audio).toBe("reconnecting");
  first?.listeners.onReconnecting(false);
  first?.listeners.onPeople([{ traderId: "host", userId: "host", name: null, isSpeaking: true }]);
  first?.listeners.onBlocked(true);
  expect(voice.state()).toMatchObject({ audio: "connected", isBlocked: true, inAudio: [{ traderId: "host" }] });
  first?.listeners.onEnd("lost");
  expect(voice.state()).toMatchObject({ audio: "reconnecting", inAudio: null });
  await voice.runTimers();
  expect(voice.state().audio).toBe("connected");
  first?.listeners.onEnd("elsewhere");
  expect(voice.state().session.state).toBe("in");
  voice.links.at(-1)?.listeners.onEnd("elsewhere");
  expect(voice.state().session).toEqual({ state: "ended", reason: "takenOver" });
});

it("connects anew when a moderator lets the trader speak, muted until they unmute themselves", async () => {
  const voice = await open({ hasAudio: true });
  await voice.join();
  await voice.store.setMicrophone(true);
  expect(voice.links[0]?.did).toEqual([]);
  expect(voice.heard.did.at(-1)).toBe("start");
  const speaker = { sessionId: "s", maySpeak: true, url: "wss://voice.example.com", liveKitToken: "token 2" };
  voice.answer("start", () => speaker);
  voice.tellRoom({ type: "speakerAdded", traderId: "me", userId: "me", name: null, at: at(1) });
  expect(voice.state().mic.isOn).toBe(false);
  await settle();
  expect(voice.state()).toMatchObject({ session: { maySpeak: true }, audio: "connected", mic: { isOn: false } });
  expect(voice.links).toHaveLength(2);
  await voice.store.setMicrophone(true);
  expect(voice.links[1]?.did).toEqual(["on"]);
  await voice.store.setMicrophone(false);
  expect(voice.links[1]?.did).toEqual(["on", "off"]);
});

it("says that the microphone is refused, and stays muted", async () => {
  const voice = await open({ hasAudio: true, people: [personOf("me", { isSpeaker: true })] });
  const speaker = { sessionId: "s", maySpeak: true, url: "wss://voice.example.com", liveKitToken: "token" };
  voice.answer("start", () => speaker);
  await voice.join();
  const [link] = voice.links;
  if (link) link.refuses = new MicrophoneError("refused");
  await voice.store.setMicrophone(true);
  expect(voice.state().mic).toEqual({ isOn: false, problem: "refused" });
  expect(voice.heard.did).not.toContain("start");
  if (link) link.refuses = null;
  await voice.store.setMicrophone(true);
  voice.heard.listeners?.onProblem("unreachable");
  expect(voice.state()).toMatchObject({ mic: { isOn: true }, speech: { problem: "unreachable" } });
});

it("mutes a listener whose recogniser has failed, and shows words while they may change", async () => {
  const voice = await open();
  await voice.join();
  await voice.store.setMicrophone(true);
  voice.heard.listeners?.onInterim("buy zero");
  expect(voice.state().speech).toEqual({ interim: "buy zero", problem: null });
  voice.heard.listeners?.onProblem("refused");
  expect(voice.state()).toMatchObject({ mic: { isOn: false }, speech: { interim: "", problem: "refused" } });
});

it("reads who is there again after events that say too little, however many come", async () => {
  const voice = await open({ people: [personOf("host", { isSpeaker: true })] });
  expect(voice.state().people).toHaveLength(1);
  const removed: RoomEvent = { type: "speakerRemoved", traderId: "host", userId: "host", name: "host", at: at(1) };
  for (const event of [removed, removed, null]) voice.tellRoom(event);
  expect(voice.state().people).toEqual([personOf("host")]);
  expect(voice.timers).toHaveLength(1);
  await voice.runTimers();
  expect(voice.inputsOf("participants")).toHaveLength(2);
  expect(voice.state().people).toEqual([personOf("host", { isSpeaker: true })]);
});
