import type { Socket } from "node:net";
import { z } from "zod";
import { CallLog } from "./call-log.ts";
import { EventStream } from "./event-stream.ts";
import type { FaultSwitches } from "./faults.ts";
import { createSwitches } from "./faults.ts";
import { describe, Refusal } from "./http.ts";
import type { Host, SandboxEvent, SandboxModule, SandboxOptions, StartedModule } from "./module.ts";
import { StateFile } from "./state-file.ts";

interface Running {
  module: SandboxModule;
  state: object;
  started: StartedModule;
}

/** The started modules of one sandbox, and what they share. */
export class Runtime {
  readonly options: SandboxOptions;
  readonly log = new CallLog();
  readonly events = new EventStream();
  /** Open connections, each with the module that its latest request was for. */
  readonly sockets = new Map<Socket, SandboxModule | null>();
  /** Set once the sandbox listens. */
  origin = "";
  /** `host:port` of each module that takes bare connections. */
  readonly tcpAddresses = new Map<SandboxModule, string>();
  readonly #file: StateFile;
  readonly #running = new Map<SandboxModule, Running>();
  readonly #faults = createSwitches({ delayMs: 0 }, z.object({ delayMs: z.number().min(0).max(600_000) }));
  readonly #listeners = new Set<(event: SandboxEvent) => void>();

  constructor(modules: readonly SandboxModule[], options: SandboxOptions) {
    this.options = options;
    this.#file = new StateFile(options.stateFile ?? null, options.warn);
    for (const module of modules) this.#start(module);
    this.#file.schedule();
  }

  get running(): Running[] {
    return [...this.#running.values()];
  }

  get faults(): { delayMs: number } {
    return Object.assign(this.#faults.current(), ...this.#switches().map((switches) => switches.current()));
  }

  get world(): { faults: { delayMs: number } } {
    const views = this.running.map(({ module, state }) => module.view(state, this.origin));
    return Object.assign({ faults: this.faults }, ...views);
  }

  on(listener: (event: SandboxEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: SandboxEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
    this.events.send(event);
    this.log.look();
  }

  /** @throws Refusal 400 for an unknown switch or a value out of its range; then nothing is changed */
  setFaults(change: object): { delayMs: number } {
    const owners = this.#switches();
    const accepts = z.strictObject(Object.assign({}, ...owners.map((switches) => switches.accepts.shape)));
    const { error } = accepts.partial().safeParse(change);
    if (error !== undefined) throw new Refusal(400, describe(error));
    for (const switches of owners) switches.change(switches.accepts.partial().parse(change));
    this.emit({ type: "faults", faults: this.faults });
    return this.faults;
  }

  reset(): void {
    for (const { started } of this.running) started.reset?.();
    for (const switches of this.#switches()) switches.reset();
    this.log.calls.length = 0;
    this.#file.schedule();
    this.emit({ type: "world" });
    this.emit({ type: "faults", faults: this.faults });
  }

  /** The connection's latest request is for `module`. */
  claim(socket: Socket, module: SandboxModule | null): void {
    if (socket.destroyed) return;
    if (!this.sockets.has(socket)) socket.once("close", () => this.sockets.delete(socket));
    this.sockets.set(socket, module);
  }

  async delay(): Promise<void> {
    const { delayMs } = this.#faults.current();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
  }

  close(): void {
    this.#file.close();
  }

  #switches(): FaultSwitches[] {
    return [this.#faults, ...this.running.flatMap(({ started }) => started.faults ?? [])];
  }

  #start(module: SandboxModule): StartedModule {
    const known = this.#running.get(module);
    if (known !== undefined) return known.started;
    return this.#startSaved(module) ?? this.#startWith(module, module.initialState(this.options));
  }

  #startSaved(module: SandboxModule): StartedModule | undefined {
    try {
      const state = this.#file.restore(module);
      if (state === undefined) return undefined;
      return this.#startWith(module, state);
    } catch (error) {
      this.#file.setAside(`the part "${module.name}"`, error);
      return undefined;
    }
  }

  #startWith(module: SandboxModule, state: object): StartedModule {
    const started = module.start(this.#createHost(module, state));
    this.#running.set(module, { module, state, started });
    this.#file.track(module, state);
    return started;
  }

  #createHost(module: SandboxModule, state: object): Host<object> {
    const { options, log, tcpAddresses } = this;
    const now = options.now ?? (() => new Date());
    const readOrigin = () => this.origin;
    return {
      state,
      filesDirectory: options.stateFile === undefined ? null : `${options.stateFile}.files`,
      get origin() {
        return readOrigin();
      },
      get tcpAddress() {
        return tcpAddresses.get(module) ?? "";
      },
      get unixNow() {
        return Math.floor(now().getTime() / 1000);
      },
      now,
      changed: () => this.#file.schedule(),
      emit: (event) => this.emit(event),
      log: (call) => log.add(call),
      delay: () => this.delay(),
      cutConnections: () => {
        for (const [socket, owner] of this.sockets) if (owner === module) socket.destroy();
      },
      use: <Module extends SandboxModule>(other: Module) => this.#start(other) as ReturnType<Module["start"]>,
    };
  }
}
