import { TelegramFailure } from "@pult/api/chats/engine/port.ts";
import type { LoginToken, SignedIn, TelegramUser } from "@pult/api/chats/engine/telegram.ts";
import { Api } from "telegram";
import { computeCheck } from "telegram/Password.js";
import type { AccountLink } from "./account-link.ts";
import { toUser } from "./tl-peers.ts";

const DEFAULT_CODE_SECONDS = 120;

/** Steps of a sign-in, each a call or two: gramjs's own helpers ask again and again by themselves. */
export async function sendCode(account: AccountLink, phoneNumber: string) {
  const { id: apiId, hash: apiHash } = account.options.api;
  const settings = new Api.CodeSettings({});
  const answer = await account.call(new Api.auth.SendCode({ phoneNumber, apiId, apiHash, settings }));
  // Only clients that kept a token of an earlier sign-in are let in at once.
  if (answer.className !== "auth.SentCode") throw new TelegramFailure("refused", "PHONE_CODE_INVALID");
  return { codeHash: answer.phoneCodeHash, timeoutSeconds: answer.timeout ?? DEFAULT_CODE_SECONDS };
}

export async function signIn(
  account: AccountLink,
  { phoneNumber, codeHash: phoneCodeHash, code: phoneCode }: { phoneNumber: string; codeHash: string; code: string },
): Promise<SignedIn> {
  const request = new Api.auth.SignIn({ phoneNumber, phoneCodeHash, phoneCode });
  return orPassword(account, async () => {
    return { kind: "user", user: enter(account, await account.call(request)) };
  });
}

export async function checkPassword(account: AccountLink, password: string): Promise<TelegramUser> {
  const asked = await account.call(new Api.account.GetPassword(), { repeats: true });
  const proof = await computeCheck(asked, password).catch((error: unknown) => {
    throw new TelegramFailure("down", "TIMEOUT", { cause: error });
  });
  return enter(account, await account.call(new Api.auth.CheckPassword({ password: proof })));
}

export async function exportLoginToken(account: AccountLink): Promise<LoginToken> {
  const { id: apiId, hash: apiHash } = account.options.api;
  return orPassword(account, async () => {
    const answer = await account.call(new Api.auth.ExportLoginToken({ apiId, apiHash, exceptIds: [] }));
    if (answer.className !== "auth.LoginTokenMigrateTo") return toLoginToken(account, answer);
    await account.moveTo(answer.dcId);
    const { token } = answer;
    return toLoginToken(account, await account.call(new Api.auth.ImportLoginToken({ token })));
  });
}

function toLoginToken(account: AccountLink, answer: Api.auth.TypeLoginToken): LoginToken {
  switch (answer.className) {
    case "auth.LoginToken":
      return {
        kind: "token",
        url: `tg://login?token=${answer.token.toString("base64url")}`,
        expiresAt: answer.expires,
      };
    case "auth.LoginTokenSuccess":
      return { kind: "user", user: enter(account, answer.authorization) };
    case "auth.LoginTokenMigrateTo":
      throw new TelegramFailure("refused", "AUTH_TOKEN_INVALID");
  }
}

function enter(account: AccountLink, authorization: Api.auth.TypeAuthorization): TelegramUser {
  if (authorization.className !== "auth.Authorization" || authorization.user.className !== "User")
    throw new TelegramFailure("refused", "PHONE_NUMBER_UNOCCUPIED");
  const user = toUser(authorization.user);
  account.setUser(user.id);
  return user;
}

/** Telegram reports as an error that the password is missing. */
async function orPassword<Answer>(
  account: AccountLink,
  ask: () => Promise<Answer>,
): Promise<Answer | { kind: "password"; hint: string | null }> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof TelegramFailure) || error.reason !== "SESSION_PASSWORD_NEEDED") throw error;
    const { hint } = await account.call(new Api.account.GetPassword(), { repeats: true });
    return { kind: "password", hint: hint || null };
  }
}
