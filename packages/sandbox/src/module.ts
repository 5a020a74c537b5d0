import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { z } from "zod";
import type { ControlRequest } from "./control-request.ts";
import type { FaultSwitches } from "./faults.ts";
import type { Answer } from "./http.ts";

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0, which takes a free port. */
  port?: number;
  /** The world is kept here as JSON (mode 600), file bytes in `<stateFile>.files/`. Absent: memory only. */
  stateFile?: string;
  /** Stands for the operator's own backend; absent: `app/token` answers 404. */
  mintAppToken?: (userId: string) => Promise<string>;
  now?: () => Date;
  /** Is the support group of a new world a forum? Default true. */
  forum?: boolean;
  /** Default `process.emitWarning`. */
  warn?: (message: string) => void;
}

/** One simulated system. `modules.ts` lists them all. */
export interface SandboxModule<State extends object = object> {
  /** Names its part of the state file, its control addresses (`control/<name>/…`) and its actions. */
  readonly name: string;
  /** Version of its part of the state file, from 1. */
  readonly version: number;
  /** Reads its part of the state file. Members that it does not know are dropped. */
  readonly state: z.ZodType<State>;
  initialState(options: SandboxOptions): State;
  /**
   * Turns an older part into the present shape. Version 0 is the whole file of before there were modules. Absent: the
   * module has had one version only, and was not in that file.
   */
  upgrade?(older: Record<string, unknown>, version: number): unknown;
  /** The module's part of the page. */
  view(state: State, origin: string): object;
  /** Side effects only in `opened`. Throws for a state it cannot work with. */
  start(host: Host<State>): StartedModule;
}

export interface StartedModule {
  /** HTTP of the system itself, on the sandbox's port. */
  readonly routes?: readonly Route[];
  /** Connections on a port of the module's own, which is in `tcpPorts`. */
  tcp?(socket: Socket): void;
  /** Actions of the people there, for tests. They throw `Refusal` where the real apps would not allow it. */
  readonly actions: object;
  /** The same for the page and the command line, by method and path: `POST messages`; `*` is a path's last segment. */
  readonly controls?: Readonly<Record<string, Control>>;
  readonly faults?: FaultSwitches;
  /** Environment variables that point the product here. */
  env?(): Record<string, string>;
  /** Empties the world but keeps keys, accounts and every id sequence. */
  reset?(): void;
  /** The sandbox listens. */
  opened?(): void;
  closed?(): void;
}

/** Returns the body (undefined: `{}`), or sends the response itself. @throws Refusal */
export type Control = (request: ControlRequest, response: ServerResponse) => unknown;

export interface Route {
  /** Absent: every method. */
  readonly method?: string;
  readonly path: RegExp;
  /** Returns the answer, which is sent after the delay that the faults ask for; undefined: it has sent one itself. */
  handle(exchange: Exchange): Answer | undefined | Promise<Answer | undefined>;
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  match: RegExpExecArray;
}

/** A call that the product made, as the call log shows it. */
export interface Call {
  method: string;
  params: Record<string, unknown>;
  /** ISO 8601. */
  at: string;
  /** HTTP status of the answer; 0: the connection was cut. */
  status: number;
}

export interface SandboxEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** The core, as a module sees it. */
export interface Host<State, Event extends SandboxEvent = SandboxEvent> {
  readonly state: State;
  /** Where the module may keep files under names of its own; null: nowhere. */
  readonly filesDirectory: string | null;
  /** `http://host:port`; empty until the sandbox listens. */
  readonly origin: string;
  /** `host:port` of the module's own TCP port; empty until the sandbox listens, or without `tcp`. */
  readonly tcpAddress: string;
  readonly unixNow: number;
  now(): Date;
  /** To be called after every change of `state`. */
  changed(): void;
  emit(event: Event): void;
  log(call: Call): void;
  /** Waits as long as the faults ask every answer to be delayed. */
  delay(): Promise<void>;
  /** Cuts the connections whose latest request was for this module. */
  cutConnections(): void;
  /** Another module of the same sandbox, started. */
  use<Module extends SandboxModule>(module: Module): ReturnType<Module["start"]>;
}
