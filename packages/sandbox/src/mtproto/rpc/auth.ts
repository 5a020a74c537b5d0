import { randomBytes } from "node:crypto";
import { Api } from "telegram/tl/index.js";
import type { Account } from "../state.ts";
import { DH_GENERATOR, DH_PRIME, SrpChallenge, type SrpVerifier } from "../wire/diffie-hellman.ts";
import { toBigInt, toLong } from "../wire/tl.ts";
import { DC_ID } from "./media.ts";
import { type Call, method } from "./method.ts";
import { RpcError } from "./rpc-error.ts";

/** Seconds until a client may ask for another code. */
const CODE_TIMEOUT = 60;
const PUBLIC = true;

/** Signing in and out, and the password. */
export const authMethods = [
  method(Api.auth.SendCode, (call, { phoneNumber }) => sendCode(call, phoneNumber), PUBLIC),
  method(Api.auth.ResendCode, (call, { phoneNumber }) => sendCode(call, phoneNumber), PUBLIC),
  method(Api.auth.CancelCode, cancelCode, PUBLIC),
  method(Api.auth.SignIn, signIn, PUBLIC),
  method(Api.account.GetPassword, getPassword, PUBLIC),
  method(Api.auth.CheckPassword, checkPassword, PUBLIC),
  method(Api.auth.ExportLoginToken, exportLoginToken, PUBLIC),
  method(Api.auth.ImportLoginToken, exportLoginToken, PUBLIC),
  method(Api.auth.AcceptLoginToken, acceptLoginToken),
  method(Api.auth.LogOut, logOut),
  method(Api.auth.ExportAuthorization, exportAuthorization),
  method(Api.auth.ImportAuthorization, importAuthorization, PUBLIC),
];

function findAccount(call: Call, phone: string): Account {
  const account = call.world.accountByPhone(phone);
  if (account === undefined) throw new RpcError("PHONE_NUMBER_INVALID");
  return account;
}

function sendCode(call: Call, phone: string): Api.auth.SentCode {
  const { hash, length } = call.backend.signIns.sendCode(call.session, findAccount(call, phone));
  const type = new Api.auth.SentCodeTypeApp({ length });
  return new Api.auth.SentCode({ type, phoneCodeHash: hash, timeout: CODE_TIMEOUT });
}

function cancelCode(call: Call, { phoneNumber }: Api.auth.CancelCode): boolean {
  call.backend.signIns.cancelCode(call.session, findAccount(call, phoneNumber));
  return true;
}

function signIn(call: Call, { phoneNumber, phoneCodeHash, phoneCode }: Api.auth.SignIn): Api.auth.Authorization {
  const account = findAccount(call, phoneNumber);
  if (!phoneCode) throw new RpcError("PHONE_CODE_EMPTY");
  call.backend.signIns.checkCode(call.session, account, { hash: phoneCodeHash, value: phoneCode });
  return passFirstFactor(call, account);
}

/** The code was right: signs in, or asks for the password. */
function passFirstFactor(call: Call, account: Account): Api.auth.Authorization {
  if (account.password === null) return authorize(call, account);
  call.session.pendingAccountId = account.personId;
  throw new RpcError("SESSION_PASSWORD_NEEDED");
}

function authorize(call: Call, account: Account): Api.auth.Authorization {
  const { session, world } = call;
  Object.assign(session.stored, { accountId: account.personId, endedAs: null, createdAt: call.now });
  session.pendingAccountId = null;
  session.challenge = undefined;
  world.changed();
  const person = world.person(account.personId);
  if (person === undefined) throw new RpcError("USER_DEACTIVATED");
  return new Api.auth.Authorization({ user: call.view().user(person) });
}

function getPassword(call: Call): Api.account.Password {
  const { session, world } = call;
  const account = world.account(session.pendingAccountId) ?? call.account;
  const { password } = account;
  const shared = {
    newAlgo: toAlgorithm({ salt1: randomBytes(8), salt2: randomBytes(16) }),
    newSecureAlgo: new Api.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000({ salt: randomBytes(8) }),
    secureRandom: randomBytes(256),
  };
  if (password === null) return new Api.account.Password(shared);
  session.challenge = new SrpChallenge(call.backend.signIns.verifier(password));
  const { id, publicValue, verifier } = session.challenge;
  return new Api.account.Password({
    ...shared,
    hasPassword: true,
    currentAlgo: toAlgorithm(verifier),
    srp_B: publicValue,
    srpId: toLong(id),
    hint: account.hint || undefined,
  });
}

function toAlgorithm({ salt1, salt2 }: Pick<SrpVerifier, "salt1" | "salt2">) {
  const name = Api.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow;
  return new name({ salt1, salt2, g: DH_GENERATOR, p: DH_PRIME });
}

function checkPassword(call: Call, { password }: Api.auth.CheckPassword): Api.auth.Authorization {
  const { challenge, pendingAccountId } = call.session;
  const account = call.world.account(pendingAccountId);
  if (account === undefined) throw new RpcError("AUTH_KEY_UNREGISTERED");
  if (!(password instanceof Api.InputCheckPasswordSRP)) throw new RpcError("PASSWORD_HASH_INVALID");
  if (challenge === undefined || challenge.id !== toBigInt(password.srpId)) throw new RpcError("SRP_ID_INVALID");
  call.session.challenge = undefined;
  if (!challenge.isSolvedBy(password.A, password.M1)) throw new RpcError("PASSWORD_HASH_INVALID");
  return authorize(call, account);
}

function exportLoginToken(call: Call): Api.auth.TypeLoginToken {
  const exported = call.backend.signIns.exportToken(call.session);
  if ("token" in exported) return new Api.auth.LoginToken({ expires: exported.expiresAt, token: exported.token });
  const account = call.world.account(exported.accountId);
  if (account === undefined) throw new RpcError("AUTH_TOKEN_INVALID");
  return new Api.auth.LoginTokenSuccess({ authorization: passFirstFactor(call, account) });
}

function acceptLoginToken(call: Call, { token }: Api.auth.AcceptLoginToken): Api.Authorization {
  const session = call.backend.signIns.acceptToken(token.toString("base64url"), call.account);
  if (session === undefined) throw new RpcError("AUTH_TOKEN_EXPIRED");
  call.backend.pushTo(session, new Api.UpdateShort({ date: call.now, update: new Api.UpdateLoginToken() }));
  return toAuthorization(call, session.stored);
}

function logOut(call: Call): Api.auth.LoggedOut {
  const { account, session } = call;
  if (account) Object.assign(session.stored, { accountId: null, endedAs: null });
  call.world.changed();
  return new Api.auth.LoggedOut({});
}

/** There is one data centre: what it exports, it imports by the id of the key. */
function exportAuthorization(call: Call): Api.auth.ExportedAuthorization {
  return new Api.auth.ExportedAuthorization({ id: toLong(call.account.personId), bytes: call.session.id });
}

function importAuthorization(call: Call, { id, bytes }: Api.auth.ImportAuthorization): Api.auth.Authorization {
  const exported = call.world.host.state.authKeys.find((stored) => stored.id === bytes.toString("hex"));
  const account = call.world.account(exported?.accountId ?? null);
  if (account === undefined || account.personId !== Number(toBigInt(id))) throw new RpcError("AUTH_BYTES_INVALID");
  return authorize(call, account);
}

/** A session as other devices of the account list it. */
export function toAuthorization(call: Call, stored: Call["session"]["stored"]): Api.Authorization {
  const isCurrent = stored === call.session.stored;
  const { model, system, app, apiId } = stored.device;
  return new Api.Authorization({
    current: isCurrent,
    hash: toLong(isCurrent ? 0 : stored.hash),
    deviceModel: model,
    platform: "",
    systemVersion: system,
    apiId,
    appName: `App ${apiId}`,
    appVersion: app,
    dateCreated: stored.createdAt,
    dateActive: stored.activeAt,
    ip: "127.0.0.1",
    country: "Nowhere",
    region: `DC ${DC_ID}`,
  });
}
