import { Api } from "telegram/tl/index.js";
import { toBigInt } from "../wire/tl.ts";
import { toAuthorization } from "./auth.ts";
import { type Call, method } from "./method.ts";
import { RpcError } from "./rpc-error.ts";

export const accountMethods = [
  method(Api.account.GetAuthorizations, getAuthorizations),
  method(Api.account.ResetAuthorization, resetAuthorization),
  method(Api.account.UpdateStatus, updateStatus),
  method(Api.account.UpdateNotifySettings, updateNotifySettings),
];

function getAuthorizations(call: Call): Api.account.Authorizations {
  const own = call.world.host.state.authKeys.filter(({ accountId }) => accountId === call.account.personId);
  const authorizations = own.map((stored) => toAuthorization(call, stored));
  return new Api.account.Authorizations({ authorizationTtlDays: 180, authorizations });
}

function resetAuthorization(call: Call, { hash }: Api.account.ResetAuthorization): boolean {
  const { personId } = call.account;
  const named = String(toBigInt(hash));
  const session = call.backend.findSession((stored) => stored.hash === named && stored.accountId === personId);
  if (session === undefined || session === call.session) throw new RpcError("HASH_INVALID");
  call.backend.endSession(session, "SESSION_REVOKED");
  return true;
}

function updateStatus(call: Call, { offline }: Api.account.UpdateStatus): boolean {
  const person = call.world.person(call.account.personId);
  if (person !== undefined) call.world.setOnline(person, !offline);
  return true;
}

function updateNotifySettings(call: Call, { peer, settings }: Api.account.UpdateNotifySettings): boolean {
  if (!(peer instanceof Api.InputNotifyPeer)) return true;
  const chat = call.chat(peer.peer);
  const dialog = call.world.dialog(chat, call.account);
  dialog.mutedUntil = settings.muteUntil ?? 0;
  call.world.notify(call.account, { kind: "dialog", chat, dialog }, call.origin);
  call.world.changed();
  return true;
}
