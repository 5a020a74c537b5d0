import { describe, expect, it } from "vitest";
import { readAttachment } from "../telegram/attachments.ts";
import { messageContent, nameAttachment, type StoredAttachment } from "./content.ts";

const file = (id: string, more: object = {}) => ({ file_id: id, file_unique_id: `u${id}`, file_size: 12, ...more });

/** One of each kind as the Bot API documents it, and the line by which agents know it. */
const KINDS: [kind: string, json: Record<string, unknown>, shown: object, line: string | null][] = [
  ["photo", { photo: [file("s"), file("l")] }, { kind: "photo", fileId: "l", uniqueId: "ul" }, null],
  ["an image as a file", { document: file("i", { mime_type: "image/heic" }) }, { kind: "photo", fileId: "i" }, null],
  [
    "document",
    { document: file("d", { file_name: "a.pdf" }) },
    { kind: "document", name: "a.pdf", sizeBytes: 12 },
    null,
  ],
  [
    "video",
    { video: file("v", { duration: 3, width: 4, height: 5 }) },
    { kind: "video", durationSeconds: 3, height: 5 },
    null,
  ],
  ["video_note", { video_note: file("n", { length: 240 }) }, { kind: "videoNote", width: 240, height: 240 }, null],
  ["voice", { voice: file("o", { duration: 2 }) }, { kind: "voice", durationSeconds: 2 }, null],
  ["audio", { audio: file("a", { performer: "P", title: "T" }) }, { kind: "audio", name: "P – T" }, null],
  ["animation", { animation: file("g"), document: file("g") }, { kind: "animation", fileId: "g" }, null],
  ["sticker", { sticker: file("t", { emoji: "👍" }) }, { kind: "sticker", emoji: "👍" }, null],
  [
    "location",
    { location: { latitude: 1.5, longitude: 2.5 } },
    { kind: "location", livePeriod: null },
    "Location: 1.5, 2.5",
  ],
  [
    "venue",
    { location: {}, venue: { location: { latitude: 1, longitude: 2 }, title: "Office", address: "1 Street" } },
    { kind: "location", title: "Office", address: "1 Street" },
    "Location: Office",
  ],
  [
    "contact",
    { contact: { phone_number: "+7999", first_name: "Bob", last_name: "B" } },
    { kind: "contact", name: "Bob B", phone: "+7999" },
    "Contact: Bob B, +7999",
  ],
  ["dice", { dice: { emoji: "🎲", value: 4 } }, { kind: "dice", value: 4 }, "Dice: 🎲 4"],
  [
    "poll",
    { poll: { question: "Size?", options: [{ text: "S" }, { text: "M" }] } },
    { kind: "poll", title: "Size?", options: ["S", "M"] },
    "Poll: Size? · S · M",
  ],
  ["game", { game: { title: "Chess", description: "d" } }, { kind: "other", isService: false }, "Game: Chess · d"],
  ["invoice", { invoice: { title: "Inv", description: "d" } }, { type: "invoice" }, "Invoice: Inv · d"],
  ["story", { story: { id: 5, chat: { id: 7 } } }, { type: "story", isService: false }, "Story"],
  ["paid media", { paid_media: { star_count: 5 } }, { type: "paid_media", isService: false }, "Paid media"],
  [
    "checklist",
    { checklist: { title: "Buy", tasks: [{ text: "milk" }] } },
    { type: "checklist" },
    "Checklist: Buy · milk",
  ],
  [
    "web app data",
    { web_app_data: { data: "o=5", button_text: "Order" } },
    { isService: true },
    "Web app data: Order · o=5",
  ],
  ["shared users", { users_shared: { users: [{ user_id: 5 }] } }, { isService: true }, "Users shared"],
  ["shared chats", { chat_shared: { chat_id: -5 } }, { isService: true }, "Chat shared"],
  ["a pin", { pinned_message: { message_id: 1, text: "old" } }, { isService: true }, "Pinned message: old"],
  ["a title", { new_chat_title: "New" }, { isService: true }, "New chat title: New"],
  [
    "a timer",
    { message_auto_delete_timer_changed: { x: 5 } },
    { isService: true },
    "Message auto delete timer changed",
  ],
  ["a boost", { boost_added: { boost_count: 1 } }, { isService: true }, "Boost added"],
  [
    "a kind of the future",
    { hologram: { title: "Cat" } },
    { type: "hologram", raw: { title: "Cat" } },
    "Hologram: Cat",
  ],
];

describe("What a Telegram message shows", () => {
  it.each(KINDS)("is read for %s, and named", (_, json, shown, line) => {
    const read = readAttachment({ message_id: 1, date: 1, chat: { id: 1 }, from: { id: 1 }, ...json });
    expect(read).toMatchObject(shown);
    if (read && line !== null) {
      const stored = read.kind === "location" ? { ...read, liveUntil: null } : read;
      expect(nameAttachment(stored as StoredAttachment)).toBe(line);
    }
  });

  it("is nothing for text alone", () => {
    expect(readAttachment({ message_id: 1, text: "Hello", entities: [], quote: {}, via_bot: {} })).toBeNull();
  });

  it("is kept raw where the kind is not known, and never more of it than is useful", () => {
    const read = readAttachment({ hologram: { bytes: "x".repeat(20_000) } });
    expect(read).toMatchObject({ kind: "other", type: "hologram", raw: null });
    expect(messageContent.safeParse({ attachments: [read] }).success).toBe(true);
  });
});
