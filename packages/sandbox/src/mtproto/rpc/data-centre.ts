import type { Socket } from "node:net";
import process from "node:process";
import { Api } from "telegram/tl/index.js";
import type { DataCentreFaults } from "../faults.ts";
import type { MtprotoFiles } from "../files.ts";
import type { Account, MtprotoHost } from "../state.ts";
import { Connection, type ConnectionHost, type Outcome } from "../wire/connection.ts";
import { RsaKey } from "../wire/rsa-key.ts";
import { encodeValue, type TlObject } from "../wire/tl.ts";
import type { Scheduler } from "../world/scheduled.ts";
import type { Notice, World } from "../world/world.ts";
import { KeyRing, type Session } from "./key-ring.ts";
import { type Backend, Call, type Method, toTlName } from "./method.ts";
import { METHODS } from "./methods.ts";
import { toPush } from "./push.ts";
import { assertAllowed } from "./restrictions.ts";
import { RpcError } from "./rpc-error.ts";
import { SignIns } from "./sign-ins.ts";
import { Uploads } from "./uploads.ts";
import { View } from "./view.ts";

type Line = Connection<Session>;

export interface DataCentreOptions {
  host: MtprotoHost;
  world: World;
  files: MtprotoFiles;
  scheduler: Scheduler;
  faults: DataCentreFaults;
  privateKey: string;
}

const methods = new Map<string, Method>(METHODS.map((one) => [one.name, one]));

/** Telegram's server: connections, sessions, calls, and updates to whom they concern. */
export class DataCentre implements ConnectionHost<Session>, Backend {
  readonly host: MtprotoHost;
  readonly world: World;
  readonly files: MtprotoFiles;
  readonly uploads = new Uploads();
  readonly scheduler: Scheduler;
  readonly signIns: SignIns;
  readonly rsa: RsaKey;
  readonly #faults: DataCentreFaults;
  #keys: KeyRing;
  readonly #lines = new Set<Line>();
  /** Connections that have made a call other than for files; those alone hear of updates. */
  readonly #listening = new Set<Line>();
  /** Connections that went silent, which nothing wakes again. */
  readonly #frozen = new Set<Line>();
  readonly #unsubscribe: () => void;

  constructor({ host, world, files, scheduler, faults, privateKey }: DataCentreOptions) {
    this.host = host;
    this.world = world;
    this.files = files;
    this.scheduler = scheduler;
    this.#faults = faults;
    this.rsa = new RsaKey(privateKey);
    this.signIns = new SignIns(world);
    this.#keys = new KeyRing(host);
    this.#unsubscribe = world.subscribe((notice) => this.#deliver(notice));
  }

  get address(): string {
    return this.host.tcpAddress;
  }

  accept(socket: Socket): void {
    this.#lines.add(new Connection<Session>(this, socket));
  }

  findKey(id: string): Session | undefined {
    return this.#keys.find(id);
  }

  addKey(key: Buffer): void {
    this.#keys.add(key);
  }

  isFrozen(line: Line): boolean {
    return this.#frozen.has(line) || this.#faults.current().mtprotoFrozen;
  }

  closed(line: Line): void {
    this.#lines.delete(line);
    this.#listening.delete(line);
    this.#frozen.delete(line);
  }

  /** Open connections go silent without closing, as behind a dead router. New ones work. */
  freezeConnections(): void {
    for (const line of this.#lines) this.#frozen.add(line);
  }

  /** Clients learn of it by `bad_server_salt`. */
  rotateSalts(): void {
    for (const stored of this.host.state.authKeys) stored.salt = String(BigInt.asIntN(64, BigInt(stored.salt) + 1n));
    this.host.changed();
  }

  forgetKeys(): void {
    this.#keys.forgetAll();
  }

  /** Ends the sessions of an account. */
  revoke(account: Account, answer: Session["stored"]["endedAs"]): void {
    for (const { id, accountId } of this.host.state.authKeys) {
      const session = accountId === account.personId ? this.#keys.find(id) : undefined;
      if (session !== undefined) this.endSession(session, answer);
    }
  }

  endSession(session: Session, answer: Session["stored"]["endedAs"]): void {
    Object.assign(session.stored, { accountId: null, endedAs: answer });
    this.world.changed();
    for (const line of [...this.#lines]) if (line.authKey === session) line.close();
  }

  findSession(matches: (stored: Session["stored"]) => boolean): Session | undefined {
    const stored = this.host.state.authKeys.find(matches);
    return stored && this.#keys.find(stored.id);
  }

  pushTo(session: Session, updates: TlObject): void {
    for (const line of this.#listening) if (line.authKey === session) line.push(updates);
  }

  countListeners({ personId }: Account): number {
    return [...this.#listening].filter((line) => line.authKey?.stored.accountId === personId).length;
  }

  /** A phone of the account scans a QR code. @returns whether a client waits with it */
  scan(token: string, account: Account): boolean {
    const session = this.signIns.acceptToken(token, account);
    if (session === undefined) return false;
    this.pushTo(session, new Api.UpdateShort({ date: this.host.unixNow, update: new Api.UpdateLoginToken() }));
    return true;
  }

  reset(): void {
    this.uploads.clear();
  }

  close(): void {
    this.#unsubscribe();
  }

  async call(line: Line, wrapped: TlObject): Promise<Outcome> {
    const session = line.authKey;
    if (session === undefined) return { drop: true };
    session.stored.activeAt = this.host.unixNow;
    const { request, wantsUpdates } = unwrap(session, wrapped);
    if (wantsUpdates && !/^(upload|help)\./.test(request.className)) this.#listening.add(line);
    const outcome = await this.#run(new Call(this, session, line), request);
    const status = "error" in outcome ? outcome.error.code : "drop" in outcome ? 0 : 200;
    const params = describeCall(session, request);
    if ("error" in outcome) params.error = outcome.error.message;
    this.host.log({ method: toTlName(request.className), params, at: this.host.now().toISOString(), status });
    return outcome;
  }

  async #run(call: Call, request: TlObject): Promise<Outcome> {
    const name = toTlName(request.className);
    const fault = this.#faults.take(name, call.session.stored.accountId);
    const delayMs = this.#faults.current().mtprotoDelayMs + (fault?.kind === "delay" ? fault.ms : 0);
    if (delayMs > 0) await this.#faults.wait(delayMs);
    if (fault?.kind === "error") return toError(new RpcError(fault.error, fault.code));
    if (fault?.kind === "drop" && fault.when === "before") return { drop: true };
    try {
      const method = methods.get(request.className);
      if (method === undefined) throw new RpcError("METHOD_NOT_SIMULATED");
      if (!method.isPublic) assertAllowed(call, name, request);
      const result = encodeValue(await method.run(call, request));
      return fault?.kind === "drop" ? { drop: true } : { result };
    } catch (error) {
      if (error instanceof RpcError) return toError(error);
      process.emitWarning(`The simulated ${name} failed: ${error instanceof Error ? error.stack : String(error)}`);
      return toError(new RpcError("INTERNAL"));
    }
  }

  #deliver({ account, signal, origin }: Notice): void {
    const lines = [...this.#listening].filter(
      (line) => line !== origin && line.authKey?.stored.accountId === account.personId,
    );
    if (lines.length === 0) return;
    const updates = toPush(new View(this.world, this.files, account), signal, this.host.unixNow);
    if (updates !== undefined) for (const line of lines) line.push(updates);
  }
}

function toError({ code, message }: RpcError): Outcome {
  return { error: { code, message } };
}

/** The call inside `invokeWithLayer`, `initConnection` and their like; what they say of the device is kept. */
function unwrap(session: Session, wrapped: TlObject): { request: TlObject; wantsUpdates: boolean } {
  let request = wrapped;
  let wantsUpdates = true;
  for (;;) {
    const query = (request as TlObject & { query?: unknown }).query;
    if (typeof query !== "object" || query === null || !("className" in query)) return { request, wantsUpdates };
    if (request instanceof Api.InvokeWithoutUpdates) wantsUpdates = false;
    if (request instanceof Api.InitConnection) {
      const { deviceModel: model, systemVersion: system, appVersion: app, apiId } = request;
      session.stored.device = { model, system, app, apiId };
    }
    request = query as TlObject;
  }
}

/** A call's plain members, for the call log: no bytes, no secrets of sign-in. */
function describeCall(session: Session, request: TlObject): Record<string, unknown> {
  const plain = Object.entries(request).filter(
    ([name, value]) =>
      /^(message|limit|offsetId|pts|maxId|id|part|offset|date)$/.test(name) && typeof value !== "object",
  );
  return { accountId: session.stored.accountId, ...Object.fromEntries(plain) };
}
