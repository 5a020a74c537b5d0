import { Api } from "telegram/tl/index.js";
import type { TlObject } from "../wire/tl.ts";
import type { Call } from "./method.ts";
import { RpcError } from "./rpc-error.ts";

/** What a frozen account may still do: read, and sign out. */
const FROZEN_ALLOWED =
  /^(help|updates|users|upload\.getFile|auth\.(logOut|exportAuthorization)|channels\.get|account\.(get|updateStatus)|contacts\.(get|resolve)|messages\.(get|search|readHistory))/;
/** What reaches another person. */
const SENDS = /^messages\.(sendMessage|sendMedia|sendMultiMedia|forwardMessages)$/;

/** @throws RpcError when the account is signed out, frozen, or kept from writing to strangers */
export function assertAllowed(call: Call, name: string, request: TlObject): void {
  const { account } = call;
  if (account.restriction === "frozen" && !FROZEN_ALLOWED.test(name)) throw new RpcError("FROZEN_METHOD_INVALID");
  if (account.restriction !== "peerFlood" || !SENDS.test(name)) return;
  const { peer, toPeer } = request as TlObject & { peer?: unknown; toPeer?: unknown };
  const input = peer ?? toPeer;
  if (!(input instanceof Api.InputPeerUser)) return;
  const { id } = call.person(input);
  if (!account.contacts.some(({ personId }) => personId === id)) throw new RpcError("PEER_FLOOD");
}
