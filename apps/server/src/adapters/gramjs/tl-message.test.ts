import { Api } from "telegram";
import { describe, expect, test } from "vitest";
import { toMessage } from "./tl-message.ts";
import { toLong } from "./tl-peers.ts";
import { fromEntities, toEntities } from "./tl-text.ts";

const SELF = 7;
const user = (id: number) => new Api.PeerUser({ userId: toLong(id) });
const channel = (id: number) => new Api.PeerChannel({ channelId: toLong(id) });
const messageOf = (given: Partial<Api.Message>) =>
  toMessage(new Api.Message({ id: 1, peerId: user(5), date: 100, message: "Hi", ...given } as Api.Message), {
    selfId: SELF,
  });
const mediaOf = (media: Api.TypeMessageMedia) => messageOf({ media })?.media;

describe("messages", () => {
  test.each([
    ["of the other side in a private chat", {}, { chatId: 5, senderId: 5, isOutgoing: false }],
    ["of the account in a private chat", { out: true }, { chatId: 5, senderId: SELF, isOutgoing: true }],
    [
      "of a member in a basic group",
      { peerId: new Api.PeerChat({ chatId: toLong(9) }), fromId: user(5) },
      { chatId: -9, senderId: 5 },
    ],
    [
      "of a member in a supergroup",
      { peerId: channel(9), fromId: user(5) },
      { chatId: -1_000_000_000_009, senderId: 5 },
    ],
    ["of a channel", { peerId: channel(9), fromId: channel(9), post: true }, { senderId: null }],
  ])("say whose they are: %s", (_, given, expected) => {
    expect(messageOf(given)).toMatchObject(expected);
  });

  test("take a topic of a forum for no reply, and a reply in it for one", () => {
    const header = (given: Partial<Api.MessageReplyHeader>) =>
      new Api.MessageReplyHeader({ replyToMsgId: 3, ...given });
    expect(messageOf({ replyTo: header({}) })).toMatchObject({ replyToMessageId: 3 });
    expect(messageOf({ replyTo: header({ forumTopic: true }) })).toMatchObject({ replyToMessageId: null });
    expect(messageOf({ replyTo: header({ forumTopic: true, replyToTopId: 2 }) })).toMatchObject({
      replyToMessageId: 3,
    });
    expect(messageOf({ replyTo: header({ replyToPeerId: user(8) }) })).toMatchObject({ replyToMessageId: null });
  });

  test("keep forwards, albums, views, reactions and edits, but no edit that Telegram hides", () => {
    const results = [
      new Api.ReactionCount({ reaction: new Api.ReactionEmoji({ emoticon: "👍" }), count: 2, chosenOrder: 0 }),
      new Api.ReactionCount({ reaction: new Api.ReactionCustomEmoji({ documentId: toLong(1) }), count: 1 }),
    ];
    const given = {
      fwdFrom: new Api.MessageFwdHeader({ fromId: channel(4), date: 1, fromName: "Anna" }),
      groupedId: toLong("13579135791357913"),
      views: 12,
      editDate: 200,
      reactions: new Api.MessageReactions({ results }),
    };
    expect(messageOf(given)).toMatchObject({
      ...{ forwardFromId: -1_000_000_000_004, forwardFromName: "Anna", groupId: "13579135791357913", viewsCount: 12 },
      ...{ editedDate: 200, reactions: [{ emoji: "👍", count: 2, isMine: true }] },
    });
    expect(messageOf({ ...given, editHide: true })).toMatchObject({ editedDate: null });
  });

  test("of the service have no text, scheduled ones their time, deleted ones nothing", () => {
    const action = new Api.MessageActionPinMessage();
    const service = new Api.MessageService({ id: 2, peerId: user(5), date: 100, action } as Api.MessageService);
    expect(toMessage(service, { selfId: SELF })).toMatchObject({ id: 2, isService: true, text: "", media: null });
    const later = new Api.Message({ id: 3, peerId: user(5), date: 900, message: "Later", out: true } as Api.Message);
    expect(toMessage(later, { selfId: SELF, isScheduled: true })).toMatchObject({ scheduleDate: 900 });
    expect(toMessage(new Api.MessageEmpty({ id: 4 }), { selfId: SELF })).toBeNull();
  });
});

describe("entities", () => {
  test("become those of the Bot API and come back the same", () => {
    const place = { offset: 0, length: 2 };
    const kinds = [
      { type: "bold", ...place },
      { type: "expandable_blockquote", ...place },
      { type: "blockquote", ...place },
      { type: "pre", ...place, language: "ts" },
      { type: "text_link", ...place, url: "https://example.com/" },
      { type: "custom_emoji", ...place, customEmojiId: "5368324170671202286" },
    ] as const;
    expect(toEntities(fromEntities(kinds, {}))).toEqual(kinds);
    const named = new Api.MessageEntityMentionName({ ...place, userId: toLong(5) });
    const mention = { type: "text_mention", ...place, userId: "5" } as const;
    expect(toEntities([named, new Api.MessageEntityBankCard(place)])).toEqual([mention]);
  });

  test("name a person by the hash that is known, else not", () => {
    const mention = { type: "text_mention", offset: 0, length: 2, userId: "5" } as const;
    const [named] = fromEntities([mention], { "5": "99" });
    expect(named).toMatchObject({ className: "InputMessageEntityMentionName" });
    expect(fromEntities([mention], {})).toEqual([]);
  });
});

const documentWith = (attributes: Api.TypeDocumentAttribute[], given: Partial<Api.Document> = {}) => {
  const facts = {
    id: toLong(1),
    accessHash: toLong(2),
    fileReference: Buffer.of(1),
    date: 1,
    mimeType: "a/b",
    dcId: 2,
  };
  const document = new Api.Document({ ...facts, size: toLong("3000000000"), attributes, ...given });
  return new Api.MessageMediaDocument({ document });
};

describe("media", () => {
  const video = (given: object = {}) => new Api.DocumentAttributeVideo({ duration: 3.5, w: 320, h: 240, ...given });
  const audio = (voice: boolean) => new Api.DocumentAttributeAudio({ duration: 4, voice });
  test.each([
    ["video", [video()]],
    ["videoNote", [video({ roundMessage: true })]],
    ["animation", [new Api.DocumentAttributeAnimated(), video()]],
    ["audio", [audio(false)]],
    ["voice", [audio(true)]],
    ["document", [new Api.DocumentAttributeFilename({ fileName: "a.pdf" })]],
    ["sticker", [new Api.DocumentAttributeSticker({ alt: "👍", stickerset: new Api.InputStickerSetEmpty() }), video()]],
  ] as const)("tell a %s by the attributes", (type, attributes) => {
    expect(mediaOf(documentWith([...attributes]))).toMatchObject({ type, mimeType: "a/b", sizeBytes: 3_000_000_000 });
  });

  test("name the largest size of a photo, and whether there is a small one", () => {
    const sizes = [
      new Api.PhotoStrippedSize({ type: "i", bytes: Buffer.of(1) }),
      new Api.PhotoSize({ type: "m", w: 320, h: 200, size: 9_000 }),
      new Api.PhotoSizeProgressive({ type: "y", w: 1280, h: 800, sizes: [1_000, 50_000, 90_000] }),
    ];
    const facts = { id: toLong(1), accessHash: toLong(2), fileReference: Buffer.of(1), date: 1, dcId: 2 };
    const media = new Api.MessageMediaPhoto({ photo: new Api.Photo({ ...facts, sizes }) });
    expect(mediaOf(media)).toMatchObject({ type: "photo", width: 1280, sizeBytes: 90_000, hasThumbnail: true });
    expect(mediaOf(new Api.MessageMediaPhoto({}))).toMatchObject({ type: "other", sizeBytes: null });
  });

  test("say in words what has no file", () => {
    const geo = new Api.GeoPoint({ long: 37.6173, lat: 55.7558, accessHash: toLong(1) });
    const venue = { title: "Cafe", address: "Arbat 1", provider: "", venueId: "", venueType: "" };
    const contact = { phoneNumber: "1000", firstName: "Anna", lastName: "", vcard: "", userId: toLong(5) };
    const page = { id: toLong(1), url: "https://example.com/a", displayUrl: "example.com/a", hash: 0, title: "A page" };
    expect(mediaOf(new Api.MessageMediaGeo({ geo }))).toMatchObject({
      type: "location",
      caption: "55.75580, 37.61730",
    });
    expect(mediaOf(new Api.MessageMediaVenue({ geo, ...venue }))).toMatchObject({ caption: "Cafe, Arbat 1" });
    expect(mediaOf(new Api.MessageMediaContact(contact))).toMatchObject({ type: "contact", caption: "Anna 1000" });
    const webpage = new Api.WebPage(page);
    expect(mediaOf(new Api.MessageMediaWebPage({ webpage }))).toMatchObject({ type: "webPage", caption: "A page" });
    expect(mediaOf(new Api.MessageMediaUnsupported())).toMatchObject({ type: "other" });
    expect(mediaOf(new Api.MessageMediaEmpty())).toBeNull();
  });
});
