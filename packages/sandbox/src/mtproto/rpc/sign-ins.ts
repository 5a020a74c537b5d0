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
const KEPT_CODES = 20;
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

  /** Sends a code to the account's other devices. The session's former hash counts no more. */
  sendCode(session: Session, account: Account): { hash: string; length: number } {
    const authKey = session.stored.id;
    const { unixNow } = this.#host;
    account.codes = account.codes.filter((code) => code.expiresAt > unixNow).slice(-KEPT_CODES);
    const random = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, "0");
    const value = account.codes.find((code) => code.authKey !== authKey)?.value ?? random;
    this.cancelCode(session, account);
    const hash = randomBytes(9).toString("hex");
    account.codes.push({ authKey, value, hash, expiresAt: unixNow + CODE_LIFE, wrong: 0 });
    const text = `Login code: ${value}. Do not give this code to anyone, even if they say they are from Telegram!`;
    post(this.#world, { chat: this.#world.privateChat(SERVICE_ID, account.personId) }, { fromId: SERVICE_ID, text });
    return { hash, length: CODE_DIGITS };
  }

  cancelCode({ stored }: Session, account: Account): void {
    account.codes = account.codes.filter(({ authKey }) => authKey !== stored.id);
    this.#world.changed();
  }

  /** @throws RpcError */
  checkCode(session: Session, account: Account, given: { hash: string; value: string }): void {
    const code = account.codes.find(({ authKey }) => authKey === session.stored.id);
    if (code === undefined || code.hash !== given.hash || code.expiresAt <= this.#host.unixNow) {
      throw new RpcError("PHONE_CODE_EXPIRED");
    }
    const isRight = code.value === given.value;
    if (!isRight) code.wrong++;
    if (isRight || code.wrong >= MAX_WRONG_CODES) this.cancelCode(session, account);
    if (!isRight) throw new RpcError("PHONE_CODE_INVALID");
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
