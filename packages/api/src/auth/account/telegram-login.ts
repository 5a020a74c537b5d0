import { createHmac } from "node:crypto";
import type { Context } from "../../context.ts";
import { type ErrorCode, findDomainError } from "../../errors.ts";
import { issueOneTime, takeOneTime } from "../one-time.ts";
import { requireAgent } from "../permissions.ts";
import { equalSecrets, hashToken, newSecret } from "../tokens.ts";
import { requireConfirmed } from "./confirm-session.ts";
import { linkTelegram, openTelegramCustomer, signInWithTelegram, type TelegramIdentity } from "./telegram-sign-in.ts";

/** What only the browser that began to sign in knows, and what ties Telegram's answer to it. */
export interface LoginProof {
  /** Where Telegram sends the browser back to; the same in both steps. */
  redirectUri: string;
  nonce: string;
  /** PKCE, 43 to 128 characters. */
  codeVerifier: string;
}

/** Signing in with Telegram: OpenID Connect, the authorization code flow with PKCE. */
export interface TelegramLogin {
  /** Where to send the browser. @throws DomainError `UNAVAILABLE` while Telegram is out of reach */
  addressOf(request: LoginProof & { state: string }): Promise<URL>;
  /**
   * Who stands behind the code that the browser brought back.
   * @throws DomainError `UNAUTHORIZED` when the code or what Telegram signed does not hold, `UNAVAILABLE` while Telegram is out of reach
   */
  redeem(answer: LoginProof & { code: string }): Promise<TelegramIdentity>;
}

/** Why sign-in failed, in the words that pages read from `error=`. */
export type TelegramLoginError =
  /** Cancelled, too old, shown twice, by another browser, or not what Telegram signed. */
  | "telegramFailed"
  /** No agent has linked this Telegram user. */
  | "telegramUnknown"
  /** The agent has a second factor and signs in with password and code. */
  | "telegramNeedsCode"
  /** Another agent has linked this Telegram user. */
  | "telegramTaken"
  /** Before linking, the agent has to re-authenticate. */
  | "telegramConfirm"
  | "telegramUnavailable";

/** Why the browser goes to Telegram. */
export interface TelegramIntent {
  kind: "signIn" | "customer" | "link";
  /** A path of ours to continue at. */
  next: string;
}

export type TelegramLoginResult = { intent: TelegramIntent } & (
  | { kind: "entered"; token: string; expiresAt: Date }
  | { kind: "linked" }
  | { kind: "failed"; error: TelegramLoginError }
);

const LIFE_MS = 10 * 60_000;
const DEFAULT_INTENT: TelegramIntent = { kind: "signIn", next: "/inbox" };

/** As it is kept between the two steps. */
interface Begun {
  intent: TelegramIntent;
  /** SHA-256 of the browser's secret. */
  browserHash: string;
  /** Of the agent who links. */
  sessionId: string | null;
}

/**
 * Begins a login: where to send the browser, and a secret that only this browser holds. Without that secret the answer is refused, so no
 * one can be signed in as another person, or be made to link another person's Telegram.
 * @throws DomainError `UNAVAILABLE`; for linking also `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`
 */
export async function beginTelegramLogin(
  ctx: Context,
  telegram: TelegramLogin,
  { intent, redirectUri }: { intent: TelegramIntent; redirectUri: string },
): Promise<{ address: URL; browserSecret: string; lifeMs: number }> {
  const sessionId = intent.kind === "link" ? requireAgent(ctx.actor).sessionId : null;
  if (intent.kind === "link") requireConfirmed(ctx);
  const browserSecret = newSecret();
  const begun: Begun = { intent, browserHash: hashToken(browserSecret), sessionId };
  const { token: state } = await issueOneTime(ctx.db, {
    purpose: "telegramLogin",
    data: begun,
    now: ctx.now(),
    lifeMs: LIFE_MS,
  });
  const address = await telegram.addressOf({ ...proofOf(browserSecret, redirectUri), state });
  return { address, browserSecret, lifeMs: LIFE_MS };
}

/** Nonce and PKCE verifier follow from the browser's secret, so that neither lies in the database. */
function proofOf(browserSecret: string, redirectUri: string): LoginProof {
  const derive = (purpose: string) => createHmac("sha256", browserSecret).update(purpose).digest("base64url");
  return { redirectUri, nonce: derive("nonce"), codeVerifier: derive("pkce") };
}

export interface TelegramReturn {
  redirectUri: string;
  /** As Telegram sent it back. */
  state: string;
  /** Null when Telegram sent none, such as after the user said no. */
  code: string | null;
  /** Null from a browser that has begun nothing. */
  browserSecret: string | null;
}

/** Ends a login. Whatever comes of it, it cannot be shown again. */
export async function finishTelegramLogin(
  ctx: Context,
  telegram: TelegramLogin,
  returned: TelegramReturn,
): Promise<TelegramLoginResult> {
  const { state, code, browserSecret, redirectUri } = returned;
  const taken = await takeOneTime(ctx.db, { purpose: "telegramLogin", token: state, now: ctx.now() });
  const begun = taken?.data as Begun | undefined;
  if (!begun) return { kind: "failed", error: "telegramFailed", intent: DEFAULT_INTENT };
  const { intent } = begun;
  if (browserSecret === null || !equalSecrets(hashToken(browserSecret), begun.browserHash))
    return { kind: "failed", error: "telegramFailed", intent: DEFAULT_INTENT };
  const isSameAgent = ctx.actor.kind === "agent" && ctx.actor.sessionId === begun.sessionId;
  if (code === null || (intent.kind === "link" && !isSameAgent))
    return { kind: "failed", error: "telegramFailed", intent };
  try {
    const identity = await telegram.redeem({ ...proofOf(browserSecret, redirectUri), code });
    return { ...(await fulfil(ctx, intent, identity)), intent };
  } catch (error) {
    return { kind: "failed", error: errorOf(error, intent), intent };
  }
}

async function fulfil(ctx: Context, { kind }: TelegramIntent, identity: TelegramIdentity) {
  if (kind === "link") {
    await linkTelegram(ctx, identity);
    return { kind: "linked" } as const;
  }
  const { token, expiresAt } =
    kind === "customer" ? await openTelegramCustomer(ctx, identity) : await signInWithTelegram(ctx, identity);
  return { kind: "entered", token, expiresAt } as const;
}

const ERROR_OF: Partial<Record<ErrorCode, TelegramLoginError>> = {
  NOT_FOUND: "telegramUnknown",
  SECOND_FACTOR_REQUIRED: "telegramNeedsCode",
  UNAVAILABLE: "telegramUnavailable",
};

function errorOf(error: unknown, { kind }: TelegramIntent): TelegramLoginError {
  const known = findDomainError(error);
  if (!known) throw error;
  if (known.code === "CONFLICT" && kind === "link") return "telegramTaken";
  return ERROR_OF[known.code] ?? "telegramFailed";
}
