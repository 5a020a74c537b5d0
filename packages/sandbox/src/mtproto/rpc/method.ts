import { Api } from "telegram/tl/index.js";
import type { MtprotoFiles } from "../files.ts";
import type { Account, Chat, MtprotoHost, Person } from "../state.ts";
import type { TlObject, TlValue } from "../wire/tl.ts";
import { toBigInt } from "../wire/tl.ts";
import type { Scheduler } from "../world/scheduled.ts";
import type { World } from "../world/world.ts";
import type { Session } from "./key-ring.ts";
import { RpcError } from "./rpc-error.ts";
import type { SignIns } from "./sign-ins.ts";
import type { Uploads } from "./uploads.ts";
import { View } from "./view.ts";

/** The parts of the data centre that methods share. */
export interface Backend {
  readonly host: MtprotoHost;
  readonly world: World;
  readonly files: MtprotoFiles;
  readonly uploads: Uploads;
  readonly scheduler: Scheduler;
  readonly signIns: SignIns;
  /** `host:port` */
  readonly address: string;
  /** Ends a client's session and its connections; `answer` tells it why. */
  endSession(session: Session, answer: Session["stored"]["endedAs"]): void;
  findSession(matches: (stored: Session["stored"]) => boolean): Session | undefined;
  /** Sends to the connections of a session that may hear of updates before it has signed in. */
  pushTo(session: Session, updates: TlObject): void;
}

/** One call by a client. */
export class Call {
  readonly backend: Backend;
  readonly session: Session;
  /** The connection, which learns of its own changes by the answer. */
  readonly origin: object;

  constructor(backend: Backend, session: Session, origin: object) {
    this.backend = backend;
    this.session = session;
    this.origin = origin;
  }

  get world(): World {
    return this.backend.world;
  }

  get now(): number {
    return this.backend.host.unixNow;
  }

  /** The account that is signed in. @throws RpcError 401 */
  get account(): Account {
    const { accountId, endedAs } = this.session.stored;
    const account = this.world.account(accountId);
    if (account === undefined) throw new RpcError(endedAs ?? "AUTH_KEY_UNREGISTERED");
    return account;
  }

  view(): View {
    return new View(this.world, this.backend.files, this.account);
  }

  /** @throws RpcError for people that the account does not know: the access hash is missing or wrong */
  person(input: unknown): Person {
    if (input instanceof Api.InputUserSelf || input instanceof Api.InputPeerSelf) return this.#self();
    if (!(input instanceof Api.InputUser || input instanceof Api.InputPeerUser)) throw new RpcError("USER_ID_INVALID");
    const { userId, accessHash } = input;
    const person = this.world.person(Number(toBigInt(userId)));
    const isKnown = person && toBigInt(accessHash) === this.world.accessHash(this.account, `u${person.id}`);
    if (!isKnown) throw new RpcError(input instanceof Api.InputUser ? "USER_ID_INVALID" : "PEER_ID_INVALID");
    return person;
  }

  /** The chat that an `InputPeer` names. @throws RpcError */
  chat(input: unknown): Chat {
    if (input instanceof Api.InputPeerChat) return this.#group(`g${input.chatId}`);
    if (input instanceof Api.InputPeerChannel) return this.channel(input);
    return this.world.privateChat(this.account.personId, this.person(input).id);
  }

  /** @throws RpcError */
  channel(input: unknown): Chat {
    if (!(input instanceof Api.InputChannel || input instanceof Api.InputPeerChannel))
      throw new RpcError("CHANNEL_INVALID");
    const chat = this.world.chat(`c${input.channelId}`);
    const isKnown = chat && toBigInt(input.accessHash) === this.world.accessHash(this.account, chat.key);
    if (!isKnown) throw new RpcError("CHANNEL_INVALID");
    if (!this.world.has(chat, this.account.personId)) throw new RpcError("CHANNEL_PRIVATE");
    return chat;
  }

  #group(key: string): Chat {
    const chat = this.world.chat(key);
    if (chat === undefined || !this.world.has(chat, this.account.personId)) throw new RpcError("PEER_ID_INVALID");
    return chat;
  }

  #self(): Person {
    const person = this.world.person(this.account.personId);
    if (person === undefined) throw new RpcError("USER_ID_INVALID");
    return person;
  }
}

/** A request class of gramjs. */
interface Request {
  readonly className: string;
  readonly __response: unknown;
}

export interface Method {
  /** gramjs's name, such as `messages.SendMessage`. */
  readonly name: string;
  /** Works before sign-in. */
  readonly isPublic: boolean;
  readonly run: (call: Call, request: TlObject) => Promise<TlValue>;
}

/** A method by gramjs's request class, which knows the type of the answer too. */
export function method<Requested extends Request>(
  type: (new (args: never) => Requested) & { className: string },
  run: (call: Call, request: Requested) => Requested["__response"] | Promise<Requested["__response"]>,
  isPublic = false,
): Method {
  return {
    name: type.className,
    isPublic,
    run: async (call, request) => (await run(call, request as unknown as Requested)) as TlValue,
  };
}

/** `messages.SendMessage` as the documentation writes it: `messages.sendMessage`. */
export function toTlName(className: string): string {
  return className.replace(/(^|\.)([A-Z])/, (_all, dot: string, letter: string) => `${dot}${letter.toLowerCase()}`);
}
