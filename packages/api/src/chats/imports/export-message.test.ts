import { expect, it } from "vitest";
import { readMessage } from "./export-message.ts";
import { BrokenExportError, type ExportItem, readExport } from "./export-reader.ts";

const ME = 100;
const ANN = 200;

async function* chunksOf(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(text: string, size = 7): Promise<ExportItem[]> {
  const items: ExportItem[] = [];
  for await (const item of readExport(chunksOf(text, size))) items.push(item);
  return items;
}

const message = (fields: object) => ({
  id: 1,
  type: "message",
  date: "2026-01-02T03:04:05",
  date_unixtime: "1767323045",
  from: "Ann",
  from_id: `user${ANN}`,
  text: "Hello",
  ...fields,
});
const one = { key: "", name: "Ann", type: "personal_chat", id: ANN };
const read = (fields: object, chat: Partial<typeof one> = {}) => readMessage({ ...one, ...chat }, message(fields), ME);

it("reads one chat and a whole export in any chunks, with control characters as Telegram Desktop writes them", async () => {
  const single = String.raw`{"name":"Ann","type":"personal_chat","id":200,"messages":[{"id":1,"text":"a\x0Bb\\x0B \" я"},{"id":2}]}`;
  for (const size of [1, 2, 3, 5, 1_000]) {
    const items = await readAll(single, size);
    expect(items.map((item) => item.type === "message" && item.chat)).toEqual([one, one]);
    expect(items[0]).toMatchObject({ message: { text: `a\u000Bb${String.raw`\x0B`} " я` } });
  }
  const whole = {
    personal_information: { user_id: ME, first_name: "Me", last_name: "Too" },
    chats: {
      list: [
        { name: null, type: "bot_chat", id: 7, messages: [] },
        { ...one, messages: [message({})] },
      ],
    },
    left_chats: { list: [{ name: "Left", type: "private_group", id: 9, messages: [message({ id: 5 })] }] },
  };
  const items = await readAll(JSON.stringify(whole));
  expect(items[0]).toEqual({ type: "self", id: ME, name: "Me Too" });
  expect(items.slice(1).map((item) => item.type === "message" && [item.chat.name, item.chat.key])).toEqual([
    ["Ann", "chats/list/1"],
    ["Left", "left_chats/list/0"],
  ]);
});

it("rejects a file that is no JSON or ends in the middle", async () => {
  await expect(readAll("<html>")).rejects.toThrow(BrokenExportError);
  await expect(readAll('{"messages":[{"id":1}')).rejects.toThrow(BrokenExportError);
  await expect(readAll("")).rejects.toThrow(BrokenExportError);
});

it("puts text together from strings and objects, with formatting where it stands", () => {
  const text = [
    "See ",
    { type: "text_link", text: "the 🎁 list", href: "https://example.com" },
    { type: "bold", text: "!" },
  ];
  for (const fields of [{ text }, { text: "", text_entities: text }])
    expect(read(fields)).toMatchObject({
      message: {
        text: "See the 🎁 list!",
        entities: [
          { type: "text_link", offset: 4, length: 11, url: "https://example.com" },
          { type: "bold", offset: 15, length: 1 },
        ],
      },
    });
});

it("marks chats and senders as Telegram does, from old exports too", () => {
  expect(read({ from_id: ME })).toMatchObject({ message: { chatId: ANN, senderId: ME, isOutgoing: true } });
  expect(read({}, { type: "private_group", id: 9 })).toMatchObject({ message: { chatId: -9, isOutgoing: false } });
  const inGroup = read({ from_id: "channel9" }, { type: "public_supergroup", id: 9 });
  expect(inGroup).toMatchObject({ message: { chatId: -1_000_000_000_009, senderId: -1_000_000_000_009 } });
  expect(read({}, { type: "private_channel", id: 9 })).toMatchObject({ message: { senderId: null } });
  expect(read({ date_unixtime: undefined })).toMatchObject({ hasZone: false, message: { date: 1767323045 } });
});

it("names files that were left out without a way to load them", () => {
  const skipped = "(File not included. Change data exporting settings to download.)";
  expect(read({ photo: skipped, width: 10, height: 20 })).toMatchObject({
    message: { media: { type: "photo", sizeBytes: null, width: 10, height: 20 } },
  });
  expect(read({ file: skipped, media_type: "voice_message", duration_seconds: 3 })).toMatchObject({
    message: { media: { type: "voice", durationSeconds: 3 } },
  });
});

it("says why it leaves a message out", () => {
  expect(read({ id: -999_999_999 })).toBe("beforeMigration");
  expect(read({ type: "unsupported" })).toBe("unsupported");
  expect(read({ date: "soon", date_unixtime: undefined })).toBe("unreadable");
  expect(read({ id: "1" })).toBe("unreadable");
  expect(read({}, { type: "verify_codes" })).toBe("unknownChat");
});
