import type { MediaLinks } from "@pult/api/media/links.ts";
import type { StoredMessage } from "@pult/api/support/stored.ts";
import { describe, expect, test } from "vitest";
import { decode } from "../../http/decode.ts";
import { fill, readFrames, readTranscripts, type Transcript, toPattern } from "./transcripts/transcript.ts";
import {
  encodeDevices,
  encodeHistory,
  encodeInstant,
  encodeMessage,
  encodeRegistered,
  encodeSent,
  historyQuery,
  registerDeviceBody,
  roomBody,
  sendMessageBody,
  userParams,
} from "./wire.ts";

const decodeSendMessage = (body: unknown) => decode(sendMessageBody, body);
const decodeRegisterDevice = (body: unknown) => decode(registerDeviceBody, body);
const decodeHistory = (query: URLSearchParams) => decode(historyQuery, Object.fromEntries(query));
const decodeUserId = (id: string) => decode(userParams, { user_id: id }).user_id;
const decodeRoom = (data: unknown) => decode(roomBody, data).user_id;

const transcripts = new Map(readTranscripts().map((one) => [one.name, one]));

function transcript(name: string): Transcript {
  const found = transcripts.get(name);
  if (!found) throw new Error(`There is no transcript ${name}`);
  return found;
}

const links: MediaLinks = {
  path: (key) => `/uploads/${key}`,
  allows: () => true,
  sign: (path: string) => path,
  isSigned: () => true,
};

/** The document's own example message, as it is stored. */
function storedMessage(changes: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id: 12_345,
    conversationId: 1,
    kind: "customer",
    text: "Текст",
    photos: [],
    author: { id: "123456789", name: "Имя" },
    source: "app",
    clientId: null,
    replyTo: null,
    change: null,
    createdAt: "2024-01-01T12:00:00.999Z",
    editedAt: null,
    deliveries: [],
    ...changes,
  };
}

const photo = {
  id: "p1",
  fileKey: "file.jpg",
  thumbKey: "file_thumb.webp",
  contentType: "image/jpeg",
  width: 8,
  height: 6,
  sizeBytes: 100,
};
const EXAMPLE = { message_id: "12345", file: "file", instant: "2024-01-01 12:00:00" };

describe("wire: answers", () => {
  test.each([
    ["02-send-message-json.http", encodeSent(storedMessage(), links)],
    ["04-send-message-multipart.http", encodeSent(storedMessage({ photos: [photo] }), links)],
    ["05-register-device.http", encodeRegistered(1)],
    ["06-check-device.http", encodeDevices("123456789", 1)],
    [
      "07-message-history-greeting.http",
      encodeHistory([storedMessage({ kind: "greeting", text: "Здравствуйте, Имя!" })], true, links),
    ],
    ["08-send-message-rust.http", encodeSent(storedMessage(), links)],
    ["09-message-history.http", encodeHistory([storedMessage({ photos: [photo] })], false, links)],
  ])("%s, byte for byte", (name, answer) => {
    expect(JSON.stringify(answer)).toBe(fill(transcript(name).served, EXAMPLE));
  });

  /** What the contract adds: ids in history, and every photo's address. */
  const BEYOND: Record<string, string[]> = {
    "04-send-message-multipart.http": ["photo_urls"],
    "09-message-history.http": ["message_id", "photo_urls"],
  };

  test.each([...transcripts.values()].filter(({ documented }) => documented !== null))(
    "$name: without what goes beyond the document, the document's answer, key for key",
    ({ name, documented, served }) => {
      const beyond = new Set(BEYOND[name]);
      const reduced = JSON.parse(fill(served, EXAMPLE), (key, value) => {
        // The document's own `message_id` is on the answer to a send.
        return beyond.has(key) ? undefined : value;
      });
      expect(JSON.stringify(reduced)).toBe(JSON.stringify(JSON.parse(documented ?? "")));
    },
  );

  test("agents and greetings are support, created_at is UTC to the second", () => {
    const directions = (["customer", "agent", "greeting"] as const).map(
      (kind) => encodeMessage(storedMessage({ kind }), links).direction,
    );
    expect(directions).toEqual(["user", "support", "support"]);
    expect(encodeInstant("2026-12-31T23:59:59.999Z")).toBe("2026-12-31 23:59:59");
  });

  test("photo_url is the first of several, photo_urls has all", () => {
    const second = { ...photo, id: "p2", fileKey: "two.png" };
    const answer = encodeMessage(storedMessage({ photos: [photo, second] }), links);
    expect([answer.photo_url, answer.photo_urls]).toEqual([
      "/uploads/file.jpg",
      ["/uploads/file.jpg", "/uploads/two.png"],
    ]);
  });

  test("a customer without devices has none in every field", () => {
    expect(encodeDevices("x", 0)).toEqual({ user_id: "x", registered: false, device_count: 0, has_tokens: false });
  });
});

describe("wire: requests", () => {
  const json = (name: string): unknown => JSON.parse(transcript(name).body ?? "");

  test("POST /send_message, every byte of the document's body", () => {
    expect(decodeSendMessage(json("03-send-message-photo-url.http"))).toEqual({
      user_id: "123456789",
      user_name: "Имя",
      message: "Текст",
      photo_url: "https://...",
      client_id: null,
    });
  });

  test("POST /send_message of the Rust client: null is absent", () => {
    const decoded = decodeSendMessage(json("08-send-message-rust.http"));
    expect(decoded).toEqual({
      user_id: "123456789",
      user_name: null,
      message: "Текст",
      photo_url: null,
      client_id: null,
    });
  });

  test("POST /register_device", () => {
    expect(decodeRegisterDevice(json("05-register-device.http"))).toEqual({
      user_id: "123456789",
      fcm_token: "fcm_token_here",
      platform: "android",
      device_id: "device_123",
    });
  });

  test("GET /message_history: 50 unless asked, at most 200", () => {
    const query = (text: string) => decodeHistory(new URLSearchParams(text));
    expect(query("")).toEqual({ limit: 50, user_name: null });
    expect(query("limit=1000&user_name=Имя")).toEqual({ limit: 200, user_name: "Имя" });
    expect(() => query("limit=0")).toThrow("limit must be at least 1");
    expect(() => query("limit=ten")).toThrow("limit must be a number");
  });

  test("join_chat and leave_chat", () => {
    const decoded = readFrames().flatMap(({ from, text }) => {
      if (from !== "client" || !text.startsWith("42")) return [];
      const [name, data] = JSON.parse(text.slice(2));
      return Object.keys(data).length > 0 ? [`${name} ${decodeRoom(data)}`] : [];
    });
    expect(decoded).toEqual(["join_chat user_123", "leave_chat user_123", "join_chat user_124"]);
    for (const data of [{}, null, "user_123", ["user_123"], { user_id: "" }]) expect(() => decodeRoom(data)).toThrow();
  });

  test("ids are text, also when they come as numbers, without blanks around them", () => {
    expect(decodeSendMessage({ user_id: 123_456_789, message: "x" }).user_id).toBe("123456789");
    expect(decodeUserId(" user_123 ")).toBe("user_123");
    expect(() => decodeUserId("x".repeat(129))).toThrow("user_id is too long");
  });

  test("what is not known is not read: __proto__ changes nothing", () => {
    const decoded = decodeSendMessage(
      JSON.parse('{"user_id":"1","message":"x","__proto__":{"client_id":"y"},"role":"Admin"}'),
    );
    expect(decoded).toEqual({ user_id: "1", user_name: null, message: "x", photo_url: null, client_id: null });
  });
});

test("a served line's pattern takes its own bytes and no others", () => {
  const { served } = transcript("02-send-message-json.http");
  expect(fill(served, EXAMPLE)).toMatch(toPattern(served));
  expect(fill(served, { message_id: '"12345"' })).not.toMatch(toPattern(served));
  expect(`${fill(served, EXAMPLE)} `).not.toMatch(toPattern(served));
});

test("a message's files and places stand in attachments, which a message of text alone has not", () => {
  const file = {
    kind: "voice" as const,
    id: "f",
    name: null,
    contentType: "audio/ogg",
    sizeBytes: 9,
    width: null,
    height: null,
  };
  const voice = {
    ...file,
    durationSeconds: 3,
    emoji: null,
    fileKey: "a.ogg",
    thumbKey: null,
    telegram: { fileId: "secret" },
  };
  const place = {
    kind: "location" as const,
    latitude: 1,
    longitude: 2,
    liveUntil: null,
    title: "Office",
    address: null,
  };
  const message = storedMessage({ attachments: [voice, { ...voice, fileKey: null, missing: "gone" }, place] });
  const encoded = encodeMessage(message, links);
  expect(encoded.attachments).toMatchObject([
    { kind: "voice", url: "/uploads/a.ogg", content_type: "audio/ogg", size: 9, duration: 3, file_name: null },
    { kind: "voice", url: null },
    { kind: "location", latitude: 1, longitude: 2, title: "Office" },
  ]);
  expect(JSON.stringify(encoded)).not.toContain("secret");
  expect(encodeMessage(storedMessage(), links)).not.toHaveProperty("attachments");
  expect(encodeSent(message, links)).toMatchObject({ file_count: 3, photo_count: 0 });
});
