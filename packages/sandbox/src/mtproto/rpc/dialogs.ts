import { Api } from "telegram/tl/index.js";
import type { Chat } from "../state.ts";
import { topEntry } from "../world/history.ts";
import { type Call, method } from "./method.ts";
import { toPlains } from "./plain.ts";
import { wrap } from "./push.ts";
import { RpcError } from "./rpc-error.ts";
import { toState } from "./updates.ts";
import type { View } from "./view.ts";

const PAGE = 100;
const ARCHIVE = 1;

export const dialogMethods = [
  method(Api.messages.GetDialogs, getDialogs),
  method(Api.messages.GetPinnedDialogs, getPinnedDialogs),
  method(Api.messages.GetPeerDialogs, getPeerDialogs),
  method(Api.messages.GetDialogFilters, getDialogFilters),
  method(Api.messages.ToggleDialogPin, (call, { peer, pinned }) =>
    changeDialog(call, peer, { isPinned: pinned === true }),
  ),
  method(Api.messages.MarkDialogUnread, (call, { peer, unread }) =>
    changeDialog(call, peer, { isMarkedUnread: unread === true }),
  ),
  method(Api.messages.SaveDraft, saveDraft),
  method(Api.messages.GetAllDrafts, getAllDrafts),
];

interface Row {
  chat: Chat;
  id: number;
  date: number;
  isPinned: boolean;
}

/** Pinned first, then the newest. A channel is there without messages too. */
function listRows(call: Call, folderId: number | undefined): Row[] {
  const { world, account } = call;
  const rows = world.chatsOf(account).flatMap((chat): Row[] => {
    const { isArchived, isPinned } = world.dialog(chat, account);
    if (folderId !== undefined && folderId !== null && (folderId === ARCHIVE) !== isArchived) return [];
    const top = topEntry(world, chat, account);
    return top ? [{ chat, id: top.id, date: top.message.date, isPinned }] : [];
  });
  return rows.sort((a, b) => Number(b.isPinned) - Number(a.isPinned) || b.date - a.date || b.id - a.id);
}

function getDialogs(call: Call, request: Api.messages.GetDialogs): Api.messages.TypeDialogs {
  const { offsetDate, offsetId, excludePinned, folderId } = request;
  const all = listRows(call, folderId);
  let rows = excludePinned ? all.filter(({ isPinned }) => !isPinned) : all;
  if (offsetDate > 0 || offsetId > 0) {
    const offset = findOffset(call, rows, request);
    rows =
      offset >= 0
        ? rows.slice(offset + 1)
        : rows.filter(({ date, id }) => date < offsetDate || (date === offsetDate && id < offsetId));
  }
  const page = rows.slice(0, Math.min(request.limit || PAGE, PAGE));
  const view = call.view();
  const fields = { ...renderRows(call, view, page), ...view.peers() };
  if (page.length === all.length) return new Api.messages.Dialogs(fields);
  return new Api.messages.DialogsSlice({ count: all.length, ...fields });
}

/** Index of the row that the client names as its last; -1 when it names none that is there. */
function findOffset(call: Call, rows: readonly Row[], { offsetPeer }: Api.messages.GetDialogs): number {
  if (offsetPeer instanceof Api.InputPeerEmpty) return -1;
  const chat = call.chat(offsetPeer);
  return rows.findIndex((row) => row.chat === chat);
}

/** Every dialog comes with its top message: gramjs needs it. */
function renderRows(call: Call, view: View, rows: readonly Pick<Row, "chat">[]) {
  const dialogs = rows.map(({ chat }) => view.dialog(chat));
  const messages = rows.flatMap(({ chat }) => {
    const top = topEntry(call.world, chat, call.account);
    return top ? [view.message(chat, top.message)] : [];
  });
  return { dialogs, messages };
}

function getPinnedDialogs(call: Call, { folderId }: Api.messages.GetPinnedDialogs): Api.messages.PeerDialogs {
  const rows = listRows(call, folderId).filter(({ isPinned }) => isPinned);
  return toPeerDialogs(call, rows);
}

function getPeerDialogs(call: Call, { peers }: Api.messages.GetPeerDialogs): Api.messages.PeerDialogs {
  const rows = (peers as Api.TypeInputDialogPeer[]).map((input) => ({ chat: call.chat(toPeer(input)) }));
  return toPeerDialogs(call, rows);
}

function toPeerDialogs(call: Call, rows: readonly Pick<Row, "chat">[]): Api.messages.PeerDialogs {
  const view = call.view();
  const fields = renderRows(call, view, rows);
  return new Api.messages.PeerDialogs({ ...fields, ...view.peers(), state: toState(call) });
}

function toPeer(input: unknown): Api.TypeInputPeer {
  if (!(input instanceof Api.InputDialogPeer)) throw new RpcError("PEER_ID_INVALID");
  return input.peer;
}

/** Demo accounts have one folder: unread people. */
function getDialogFilters(): Api.messages.DialogFilters {
  const title = new Api.TextWithEntities({ text: "Unread", entities: [] });
  const unread = new Api.DialogFilter({
    id: 2,
    title,
    contacts: true,
    nonContacts: true,
    excludeRead: true,
    pinnedPeers: [],
    includePeers: [],
    excludePeers: [],
  });
  return new Api.messages.DialogFilters({ filters: [new Api.DialogFilterDefault(), unread] });
}

function changeDialog(call: Call, input: unknown, change: { isPinned?: boolean; isMarkedUnread?: boolean }): boolean {
  const chat = call.chat(toPeer(input));
  const dialog = Object.assign(call.world.dialog(chat, call.account), change);
  call.world.notify(call.account, { kind: "dialog", chat, dialog }, call.origin);
  call.world.changed();
  return true;
}

function saveDraft(call: Call, { peer, message, entities, replyTo }: Api.messages.SaveDraft): boolean {
  const chat = call.chat(peer);
  const isEmpty = message === "" && !replyTo;
  call.world.dialog(chat, call.account).draft = isEmpty
    ? null
    : {
        text: message,
        entities: toPlains(entities),
        replyTo: replyTo instanceof Api.InputReplyToMessage ? replyTo.replyToMsgId : null,
        date: call.now,
      };
  call.world.notify(call.account, { kind: "draft", chat }, call.origin);
  call.world.changed();
  return true;
}

/** By as many updates as there are drafts. */
function getAllDrafts(call: Call): Api.TypeUpdates {
  const view = call.view();
  const updates = call.world.chatsOf(call.account).flatMap((chat) => {
    const draft = view.draft(chat);
    return draft ? [new Api.UpdateDraftMessage({ peer: view.peer(chat), draft })] : [];
  });
  return wrap(view, updates, call.now) ?? new Api.Updates({ updates, users: [], chats: [], date: call.now, seq: 0 });
}
