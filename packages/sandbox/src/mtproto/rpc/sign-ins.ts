import { randomBytes, randomInt } from "node:crypto";
import { type Account, SERVICE_ID } from "../state.ts";
import { createVerifier, type SrpVerifier } from "../wire/diffie-hellman.ts";
import { post } from "../world/messages.ts";
import type { World } from "../world/world.ts";
import type { Session } from "./key-ring.ts";
import { RpcError } from "./rpc-error.ts";

/** Seconds. */
const CODE_LIFE = 300;
const TOKEN_LIFE = 30;
const MAX_WRONG_CODES = 5;
const CODE_DIGITS = 5;

interface LoginToken {
  session: Session;
  expiresAt: number;
  /** Set once a phone has scanned it. */
  accountId: number | null;
}

/** Codes, passwords and QR codes by which clients sign in. */
export class SignIns {
  readonly #host: World["host"];
  readonly #world: World;
  readonly #verifiers = new Map<string, SrpVerifier>();
  /** By base64url. */
  readonly #tokens = new Map<string, LoginToken>();

  constructor(world: World) {
    this.#world = world;
    this.#host = world.host;
  }

  /** Makes a new code, the only one that counts from now on, and sends it to the account's other devices. */
  sendCode(account: Account): { hash: string; length: number } {
    const value = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, "0");
    const hash = randomBytes(9).toString("hex");
    account.code = { value, hash, expiresAt: this.#host.unixNow + CODE_LIFE, wrong: 0 };
    const text = `Login code: ${value}. Do not give this code to anyone, even if they say they are from Telegram!`;
    post(this.#world, { chat: this.#world.privateChat(SERVICE_ID, account.personId) }, { fromId: SERVICE_ID, text });
    return { hash, length: CODE_DIGITS };
  }

  /** @throws RpcError */
  checkCode(account: Account, given: { hash: string; value: string }): void {
    const { code } = account;
    if (code === null || code.hash !== given.hash || code.expiresAt <= this.#host.unixNow) {
      throw new RpcError("PHONE_CODE_EXPIRED");
    }
    if (code.value !== given.value) {
      code.wrong++;
      if (code.wrong > MAX_WRONG_CODES) account.code = null;
      throw new RpcError(account.code === null ? "PHONE_CODE_EXPIRED" : "PHONE_CODE_INVALID");
    }
    account.code = null;
  }

  verifier(password: string): SrpVerifier {
    const verifier = this.#verifiers.get(password) ?? createVerifier(password);
    this.#verifiers.set(password, verifier);
    return verifier;
  }

  /** The token for a QR code; the account once a phone has scanned the session's latest one. */
  exportToken(session: Session): { accountId: number } | { token: Buffer; expiresAt: number } {
    const { unixNow } = this.#host;
    for (const [text, one] of this.#tokens) {
      if (one.session === session && one.accountId !== null) {
        this.#tokens.delete(text);
        return { accountId: one.accountId };
      }
      if (one.expiresAt <= unixNow) this.#tokens.delete(text);
    }
    const token = randomBytes(24);
    const expiresAt = unixNow + TOKEN_LIFE;
    this.#tokens.set(token.toString("base64url"), { session, expiresAt, accountId: null });
    return { token, expiresAt };
  }

  /** A device of the account scans the code. @returns the session that waits; undefined for an unknown or expired token */
  acceptToken(token: string, account: Account): Session | undefined {
    const found = this.#tokens.get(token);
    if (found === undefined || found.accountId !== null || found.expiresAt <= this.#host.unixNow) return undefined;
    found.accountId = account.personId;
    return found.session;
  }
}
