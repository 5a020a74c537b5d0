import { Secret, TOTP } from "otpauth";
import type { Actor } from "../actor.ts";
import { actorOfSession } from "../auth/actors.ts";
import type { Role } from "../auth/schema.ts";
import { ensureAgent } from "../auth/team/ensure-agent.ts";
import type { Deps } from "../context.ts";
import { ANONYMOUS, callerOf, contextOf, SYSTEM, unique } from "./factories.ts";

export interface TestAccount {
  personId: string;
  name: string;
  email: string;
  password: string;
}

/** An agent with a password that is one. */
export async function makeAccount(
  deps: Deps,
  given: { name?: string; email?: string; role?: Role; password?: string } = {},
): Promise<TestAccount> {
  const { name = "Olga", email = `${unique("agent")}@example.com`, role = "Moderator" } = given;
  const { password = "correct horse battery" } = given;
  const personId = await ensureAgent(contextOf(deps, SYSTEM), { name, email, role, password });
  return { personId, name, email, password };
}

/** One browser: what it is given as a session cookie, it shows with the next call. */
export class TestBrowser {
  cookie: string | null = null;
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The actor of its cookie; anonymous when the session has ended. */
  actor(): Promise<Actor> {
    return this.cookie ? actorOfSession(this.#deps, this.cookie).catch(() => ANONYMOUS) : Promise.resolve(ANONYMOUS);
  }

  async api() {
    const setSession = (token: string | null) => {
      this.cookie = token;
    };
    return callerOf(this.#deps, await this.actor(), undefined, { setSession }).auth;
  }
}

/** A browser that is signed in. */
export async function openBrowser(deps: Deps, account: TestAccount): Promise<TestBrowser> {
  const browser = new TestBrowser(deps);
  await (await browser.api()).signIn(account);
  return browser;
}

/** An agent's account and a browser that is signed in to it. */
export async function signedIn(deps: Deps, given: Parameters<typeof makeAccount>[1] = {}) {
  const account = await makeAccount(deps, given);
  return { account, browser: await openBrowser(deps, account) };
}

/** What an authenticator app with this secret shows. @param steps later (or earlier) by so many half minutes */
export const codeOf = (secret: string, now: Date, steps = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: now.getTime() + steps * 30_000 });

/** Turns codes on. @returns the app's secret and the backup codes; the present code is used up by it */
export async function enableTotp(deps: Deps, browser: TestBrowser) {
  const api = await browser.api();
  const { secret } = await api.totp.begin();
  const { backupCodes } = await api.totp.confirm({ code: codeOf(secret, deps.now()) });
  return { secret, backupCodes };
}

/** The token behind `#token=` of a link. */
export const tokenOf = (link: string): string => {
  const token = new URLSearchParams(new URL(link).hash.slice(1)).get("token");
  if (!token) throw new Error("The link has no token");
  return token;
};
