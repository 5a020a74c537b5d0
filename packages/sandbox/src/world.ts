import type { World, WorldEvent } from "./control.ts";
import { FaultSwitches } from "./faults.ts";
import { FileStore } from "./file-store.ts";
import type { State, StoredUser } from "./state.ts";
import { clearState, createState } from "./state.ts";
import { StateFile } from "./state-file.ts";
import { toPushDevice, toSandboxMessage, toSandboxTopic, toSandboxUser } from "./views.ts";

export interface WorldOptions {
  stateFile: string | null;
  forum: boolean;
  demo: boolean;
  now: () => Date;
}

/** The simulated world: its state, who listens to it, and where it is kept. The rules live in telegram/ and push/. */
export class SandboxWorld {
  readonly state: State;
  readonly files: FileStore;
  readonly faults: FaultSwitches;
  readonly now: () => Date;
  /** Set once the sandbox listens: where its push endpoints and token endpoint are. */
  origin = "";
  readonly #listeners = new Set<(event: WorldEvent) => void>();
  readonly #stateFile: StateFile | null;

  constructor({ stateFile, forum, demo, now }: WorldOptions) {
    this.now = now;
    this.faults = new FaultSwitches(now);
    this.#stateFile = stateFile === null ? null : new StateFile(stateFile);
    this.state = this.#stateFile?.load() ?? createState({ forum, demo, now: now() });
    this.files = new FileStore(stateFile === null ? null : `${stateFile}.files`);
    this.forgetFiles(this.files.load(this.state.files.map((file) => file.unique)));
    this.changed();
  }

  get unixNow(): number {
    return Math.floor(this.now().getTime() / 1000);
  }

  user(id: number): StoredUser | undefined {
    return this.state.users.find((user) => user.id === id);
  }

  on(listener: (event: WorldEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: WorldEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** To be called after every change of `state`. */
  changed(): void {
    this.#stateFile?.schedule(this.state);
  }

  close(): void {
    this.#stateFile?.close(this.state);
  }

  forgetFiles(names: string[]): void {
    if (names.length === 0) return;
    this.state.files = this.state.files.filter((file) => !names.includes(file.unique));
  }

  reset(): void {
    clearState(this.state);
    this.faults.reset();
    this.files.clear();
    this.state.files = [];
    this.changed();
    this.emit({ type: "world" });
  }

  snapshot(): World {
    const { bot, users, privateChats, group, devices, pushes } = this.state;
    return {
      bot: { id: bot.id, name: bot.name, username: bot.username },
      users: users.map(toSandboxUser),
      privateChats: privateChats.map(({ userId, messages }) => ({
        userId,
        messages: messages.map((message) => toSandboxMessage(this.state, userId, message)),
      })),
      group: {
        chatId: group.chatId,
        title: group.title,
        topics: group.topics.map(toSandboxTopic),
        messages: group.messages.map((message) => toSandboxMessage(this.state, group.chatId, message)),
      },
      devices: devices.map((device) => toPushDevice(device, this.origin)),
      pushes: [...pushes],
      faults: this.faults.current,
    };
  }
}
