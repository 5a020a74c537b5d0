import { randomBytes } from "node:crypto";
import type { MtprotoHost, StoredAuthKey } from "../state.ts";
import { sha1 } from "../wire/bytes.ts";
import type { AuthKey } from "../wire/connection.ts";
import type { SrpChallenge } from "../wire/diffie-hellman.ts";

/** Keys that never signed in are forgotten beyond this number. */
const KEPT_KEYS = 1_000;

/** A client's key, and how far its sign-in has come. */
export class Session implements AuthKey {
  readonly stored: StoredAuthKey;
  readonly id: Buffer;
  readonly key: Buffer;
  /** The account whose code or QR code was right, and whose password is still to come. */
  pendingAccountId: number | null = null;
  challenge: SrpChallenge | undefined;

  constructor(stored: StoredAuthKey) {
    this.stored = stored;
    this.id = Buffer.from(stored.id, "hex");
    this.key = Buffer.from(stored.key, "base64");
  }

  get salt(): bigint {
    return BigInt(this.stored.salt);
  }
}

/** All keys that clients have agreed upon. */
export class KeyRing {
  readonly #host: MtprotoHost;
  readonly #sessions: Map<string, Session>;

  constructor(host: MtprotoHost) {
    this.#host = host;
    this.#sessions = new Map(host.state.authKeys.map((stored) => [stored.id, new Session(stored)]));
  }

  find(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  add(key: Buffer): Session {
    const { state, unixNow } = this.#host;
    const id = sha1(key).subarray(12).toString("hex");
    const stored: StoredAuthKey = {
      id,
      key: key.toString("base64"),
      salt: String(randomBytes(8).readBigInt64LE()),
      hash: String(randomBytes(8).readBigInt64LE()),
      accountId: null,
      endedAs: null,
      device: { model: "Unknown", system: "", app: "", apiId: 0 },
      createdAt: unixNow,
      activeAt: unixNow,
    };
    state.authKeys.push(stored);
    const idle = state.authKeys.filter(({ accountId }) => accountId === null);
    if (idle.length > KEPT_KEYS) this.#remove(idle[0]?.id);
    const session = new Session(stored);
    this.#sessions.set(id, session);
    this.#host.changed();
    return session;
  }

  /** Clients then get the transport error -404. */
  forgetAll(): void {
    this.#host.state.authKeys = [];
    this.#sessions.clear();
    this.#host.changed();
  }

  #remove(id: string | undefined): void {
    this.#host.state.authKeys = this.#host.state.authKeys.filter((stored) => stored.id !== id);
    if (id !== undefined) this.#sessions.delete(id);
  }
}
