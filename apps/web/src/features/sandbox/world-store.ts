import type { ReceivedPush, SandboxGroup, SandboxMessage, World, WorldEvent } from "@pult/sandbox/control.ts";
import { createStore } from "zustand/vanilla";
import { ControlError, control, EVENTS_URL } from "./control-client.ts";

/** The new version in the old one's place, or at the end. */
function upsert(messages: readonly SandboxMessage[], message: SandboxMessage): SandboxMessage[] {
  const isKnown = messages.some((one) => one.messageId === message.messageId);
  if (!isKnown) return [...messages, message];
  return messages.map((one) => (one.messageId === message.messageId ? message : one));
}

const isGroup = ({ group, liveGroup }: World, chatId: number) => chatId === group.chatId || chatId === liveGroup.chatId;

/** The support group or the live one, changed. */
function withGroup(world: World, chatId: number, change: (group: SandboxGroup) => Partial<SandboxGroup>): World {
  const name = chatId === world.liveGroup.chatId ? "liveGroup" : "group";
  return { ...world, [name]: { ...world[name], ...change(world[name]) } };
}

/** The messages of one chat, changed; a private chat begins with its first message. */
function withChat(world: World, chatId: number, change: (messages: SandboxMessage[]) => SandboxMessage[]): World {
  if (isGroup(world, chatId)) return withGroup(world, chatId, ({ messages }) => ({ messages: change(messages) }));
  if (!world.users.some((user) => user.id === chatId)) return world;
  const isKnown = world.privateChats.some((chat) => chat.userId === chatId);
  const chats = isKnown ? world.privateChats : [...world.privateChats, { userId: chatId, messages: [] }];
  return {
    ...world,
    privateChats: chats.map((chat) => (chat.userId === chatId ? { ...chat, messages: change(chat.messages) } : chat)),
  };
}

function withPush(world: World, push: ReceivedPush): World {
  const isReplaced = (earlier: ReceivedPush) =>
    push.status < 300 &&
    earlier.status < 300 &&
    push.collapseKey !== null &&
    earlier.deviceId === push.deviceId &&
    earlier.collapseKey === push.collapseKey;
  const earlier = world.pushes
    .filter((one) => one.id !== push.id)
    .map((one) => (isReplaced(one) ? { ...one, replaced: true } : one));
  return { ...world, pushes: [push, ...earlier] };
}

/** One event applied to the world. `world` and `mtproto` ask for the whole to be read again and change nothing themselves. */
export function withWorldEvent(world: World, event: WorldEvent): World {
  switch (event.type) {
    case "world":
    case "mtproto":
      return world;
    case "message":
      return withChat(world, event.message.chatId, (messages) => upsert(messages, event.message));
    case "messageDeleted":
      return withChat(world, event.chatId, (messages) => messages.filter((one) => one.messageId !== event.messageId));
    case "topics":
      return withGroup(world, event.chatId, () => ({ topics: event.topics }));
    case "group":
      return { ...world, group: { ...world.group, chatId: event.chatId } };
    case "push":
      return withPush(world, event.push);
    case "devices":
      return { ...world, devices: event.devices };
    case "instagram":
      return { ...world, instagram: event.instagram };
    case "traders":
      return { ...world, traders: event.traders };
    case "faults":
      return { ...world, faults: event.faults };
  }
}

export type WorldSnapshot = {
  /** Null until it was read. */
  world: World | null;
  /** `off`: the server runs without its sandbox. */
  state: "connecting" | "live" | "offline" | "off";
};

const RETRY_MS = 2_000;

/** The outside world, as it is now. */
export class WorldStore {
  readonly state = createStore<WorldSnapshot>(() => ({ world: null, state: "connecting" }));
  #events: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #mustReadAgain = false;
  /** What was heard while the world was being read. */
  #heard: WorldEvent[] = [];

  /** Follows the world until the returned function is called. */
  start(): () => void {
    this.#open();
    return () => {
      clearTimeout(this.#timer);
      this.#events?.close();
    };
  }

  #open(): void {
    this.#events?.close();
    const events = new EventSource(EVENTS_URL);
    this.#events = events;
    events.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    events.onerror = () => {
      if (this.state.getState().state !== "off") this.state.setState({ state: "offline" });
      // An answer that is no stream ends an event source for good; a cut connection does not.
      if (events.readyState !== EventSource.CLOSED) return;
      void this.#read();
      this.#timer = setTimeout(() => this.#open(), RETRY_MS);
    };
  }

  #hear(event: WorldEvent): void {
    if (event.type === "world" || (event.type === "mtproto" && !event.typing)) return void this.#read();
    if (this.#isReading) this.#heard.push(event);
    const { world } = this.state.getState();
    if (world) this.state.setState({ world: withWorldEvent(world, event) });
  }

  async #read(): Promise<void> {
    this.#mustReadAgain = this.#isReading;
    if (this.#isReading) return;
    this.#isReading = true;
    this.#heard = [];
    try {
      const world = await control.world();
      this.state.setState({ world: this.#heard.reduce(withWorldEvent, world), state: "live" });
    } catch (error) {
      this.state.setState({ state: error instanceof ControlError && error.status === 404 ? "off" : "offline" });
    } finally {
      this.#isReading = false;
    }
    if (this.#mustReadAgain) await this.#read();
  }
}
