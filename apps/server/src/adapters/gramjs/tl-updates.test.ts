import { Api } from "telegram";
import { describe, expect, test } from "vitest";
import { toChannelDifference, toDialogsPage, toDifference } from "./tl-pages.ts";
import { toGroups, toLong, toUsers } from "./tl-peers.ts";
import { toBatch } from "./tl-updates.ts";

const CONTEXT = { selfId: 7 };
const user = (id: number) => new Api.PeerUser({ userId: toLong(id) });
const CHANNEL = -1_000_000_000_009;
const channelPeer = new Api.PeerChannel({ channelId: toLong(9) });
const message = (given: Partial<Api.Message> = {}) =>
  new Api.Message({ id: 1, peerId: user(5), date: 100, message: "Hi", ...given } as Api.Message);
const short = (update: Api.TypeUpdate) => toBatch(new Api.UpdateShort({ update, date: 9 }), CONTEXT).updates;
const counted = { pts: 10, ptsCount: 1 };

describe("batches", () => {
  test("name where they stand in the sequence, unless they do not count there", () => {
    const lists = { updates: [], users: [], chats: [], date: 9 };
    expect(toBatch(new Api.Updates({ ...lists, seq: 4 }), CONTEXT)).toMatchObject({
      seq: { start: 4, end: 4 },
      date: 9,
    });
    expect(toBatch(new Api.Updates({ ...lists, seq: 0 }), CONTEXT).seq).toBeNull();
    const combined = new Api.UpdatesCombined({ ...lists, seqStart: 4, seq: 6 });
    expect(toBatch(combined, CONTEXT).seq).toEqual({ start: 4, end: 6 });
    expect(toBatch(new Api.UpdatesTooLong(), CONTEXT).updates).toMatchObject([{ type: "tooLong", pts: null }]);
  });

  test("of one short message say whose it is", () => {
    const facts = { id: 3, message: "Hi", date: 9, ...counted };
    const own = new Api.UpdateShortMessage({ ...facts, userId: toLong(5), out: true });
    expect(toBatch(own, CONTEXT).updates).toMatchObject([
      { type: "message", ...counted, message: { id: 3, chatId: 5, senderId: 7, isOutgoing: true } },
    ]);
    const group = new Api.UpdateShortChatMessage({ ...facts, fromId: toLong(5), chatId: toLong(8) });
    expect(toBatch(group, CONTEXT).updates).toMatchObject([
      { message: { chatId: -8, senderId: 5, isOutgoing: false } },
    ]);
  });
});

describe("updates", () => {
  test("count in the box of the account or of the channel", () => {
    expect(short(new Api.UpdateNewMessage({ message: message(), ...counted }))).toMatchObject([
      { type: "message", channelId: null, ...counted },
    ]);
    const posted = message({ peerId: channelPeer });
    expect(short(new Api.UpdateNewChannelMessage({ message: posted, ...counted }))).toMatchObject([
      { type: "message", channelId: CHANNEL, ...counted },
    ]);
    const gone = { channelId: toLong(9), messages: [1, 2], pts: 12, ptsCount: 2 };
    expect(short(new Api.UpdateDeleteChannelMessages(gone))).toMatchObject([
      { type: "deleted", channelId: CHANNEL, chatId: CHANNEL, ids: [1, 2], pts: 12, ptsCount: 2 },
    ]);
    // It only tells where the channel is: what was read counts nothing.
    const read = { channelId: toLong(9), maxId: 5, stillUnreadCount: 0, pts: 12 };
    expect(short(new Api.UpdateReadChannelInbox(read))).toMatchObject([{ type: "readInbox", pts: null, ptsCount: 0 }]);
  });

  test("of no meaning here count all the same", () => {
    const contents = { messages: [1], pts: 13, ptsCount: 1 };
    const name = "UpdateReadMessagesContents";
    expect(short(new Api.UpdateReadMessagesContents(contents))).toMatchObject([{ type: "other", name, pts: 13 }]);
    const empty = new Api.MessageEmpty({ id: 1 });
    expect(short(new Api.UpdateNewMessage({ message: empty, ...counted }))).toMatchObject([
      { type: "other", ...counted },
    ]);
  });

  test("that name several chats become one each and count once", () => {
    const folderPeers = [1, 2].map((id) => new Api.FolderPeer({ peer: user(id), folderId: id - 1 }));
    expect(short(new Api.UpdateFolderPeers({ folderPeers, ...counted }))).toMatchObject([
      { type: "archived", chatId: 1, isArchived: false, ...counted },
      { type: "archived", chatId: 2, isArchived: true, pts: null, ptsCount: 0 },
    ]);
  });

  test("tell of typing, status, sent ids and chats that changed", () => {
    const action = new Api.SendMessageRecordAudioAction();
    const typing = { channelId: toLong(9), fromId: user(5), action };
    const status = new Api.UserStatusOnline({ expires: 50 });
    const cases = [
      [
        new Api.UpdateChannelUserTyping(typing),
        { type: "typing", chatId: CHANNEL, userId: 5, action: "recordingVoice" },
      ],
      [new Api.UpdateUserStatus({ userId: toLong(5), status }), { type: "status", status: { kind: "online", at: 50 } }],
      [new Api.UpdateMessageID({ id: 4, randomId: toLong("-3") }), { type: "sent", randomId: "-3", id: 4 }],
      [new Api.UpdateChannel({ channelId: toLong(9) }), { type: "chatChanged", chatId: CHANNEL }],
      [
        new Api.UpdateDraftMessage({ peer: user(5), draft: new Api.DraftMessageEmpty({}) }),
        { type: "draft", text: null },
      ],
      [new Api.UpdatePtsChanged(), { type: "tooLong" }],
    ] as const;
    for (const [update, expected] of cases) expect(short(update)).toMatchObject([expected]);
  });
});

describe("differences", () => {
  const newMessages = [message({ id: 2 })];
  const lists = { newEncryptedMessages: [], chats: [], users: [] };
  const state = new Api.updates.State({ pts: 20, qts: 1, date: 300, seq: 4, unreadCount: 0 });

  test("are whole in their own box, and count in others", () => {
    const gone = new Api.UpdateDeleteMessages({ messages: [1], pts: 19, ptsCount: 1 });
    const posted = new Api.UpdateNewChannelMessage({ message: message({ peerId: channelPeer }), ...counted });
    const answer = new Api.updates.Difference({ ...lists, newMessages, otherUpdates: [gone, posted], state });
    expect(toDifference(answer, CONTEXT)).toMatchObject({
      kind: "last",
      state: { pts: 20, qts: 1, date: 300, seq: 4 },
      batch: {
        updates: [
          { type: "message", pts: null },
          { type: "deleted", pts: null, ids: [1] },
          { type: "message", channelId: CHANNEL, pts: 10 },
        ],
      },
    });
  });

  test("of a channel end where Telegram says, and start anew when too much is missing", () => {
    const context = { ...CONTEXT, channelId: CHANNEL };
    const part = new Api.updates.ChannelDifference({ ...lists, pts: 30, newMessages, otherUpdates: [], final: false });
    expect(toChannelDifference(part, context)).toMatchObject({ kind: "part", pts: 30, isLast: false });
    const notifySettings = new Api.PeerNotifySettings({});
    const counts = {
      readInboxMaxId: 1,
      readOutboxMaxId: 1,
      unreadCount: 1,
      unreadMentionsCount: 0,
      unreadReactionsCount: 0,
    };
    const dialog = new Api.Dialog({ ...counts, peer: channelPeer, topMessage: 2, notifySettings, pts: 40 });
    const tooLong = new Api.updates.ChannelDifferenceTooLong({ dialog, messages: newMessages, chats: [], users: [] });
    expect(toChannelDifference(tooLong, context)).toMatchObject({ kind: "tooLong", pts: 40, dialog: { pts: 40 } });
    const page = new Api.messages.DialogsSlice({
      count: 9,
      dialogs: [dialog],
      messages: newMessages,
      chats: [],
      users: [],
    });
    // Without its message no further page can be asked for.
    expect(toDialogsPage(page, { ...CONTEXT, limit: 1 })).toMatchObject({ totalCount: 9, next: null });
  });
});

describe("people and groups", () => {
  test("keep hashes as text, names bought as collectibles, and who is only half known", () => {
    const usernames = [new Api.Username({ username: "anna", active: true })];
    const accessHash = toLong("-8123456789012345678");
    const [anna, half] = toUsers([
      new Api.User({ id: toLong(5), accessHash, firstName: "Anna", usernames, contact: true }),
      new Api.User({ id: toLong(6), min: true, accessHash: toLong(1) }),
      new Api.UserEmpty({ id: toLong(8) }),
    ]);
    expect(anna).toMatchObject({ accessHash: "-8123456789012345678", username: "anna", isContact: true, isMin: false });
    expect(half).toMatchObject({ isMin: true, firstName: null });
  });

  test("say where the account may write", () => {
    const photo = new Api.ChatPhotoEmpty();
    const common = { id: toLong(9), title: "A", photo, date: 1 };
    const banned = new Api.ChatBannedRights({ sendMessages: true, untilDate: 0 });
    const adminRights = new Api.ChatAdminRights({ postMessages: true });
    const groups = toGroups([
      new Api.Channel({ ...common, broadcast: true }),
      new Api.Channel({ ...common, broadcast: true, adminRights }),
      new Api.Channel({ ...common, megagroup: true, defaultBannedRights: banned }),
      new Api.Channel({ ...common, megagroup: true, left: true }),
      new Api.ChannelForbidden({ id: toLong(9), accessHash: toLong(1), title: "A", megagroup: true }),
    ]);
    expect(groups.map(({ type, canSend, isGone }) => [type, canSend, isGone])).toEqual([
      ["channel", false, false],
      ["channel", true, false],
      ["supergroup", false, false],
      ["supergroup", false, true],
      ["supergroup", false, true],
    ]);
  });
});
