import { describe, expect, it } from "vitest";
import { appLines, telegramLines } from "./phone-lines.ts";
import { BOT, CUSTOMER_ID, sandboxMessage } from "./testing.ts";

const customer = { id: CUSTOMER_ID, name: "Demo customer 1", bot: false };
const own = (messageId: number, fields = {}) =>
  sandboxMessage(messageId, { chatId: CUSTOMER_ID, threadId: null, from: customer, ...fields });

describe("telegramLines", () => {
  it("joins an album and finds the answered message", () => {
    const photo = (fileUniqueId: string) => ({ fileUniqueId, width: 4, height: 3 });
    const lines = telegramLines(
      [
        own(1, { mediaGroupId: "a", photo: photo("x") }),
        own(2, { mediaGroupId: "a", photo: photo("y"), text: "" }),
        sandboxMessage(3, { from: BOT, replyToMessageId: 1 }),
      ],
      CUSTOMER_ID,
    );
    expect(lines.map((line) => [line.own, line.photos.length])).toEqual([
      [true, 2],
      [false, 0],
    ]);
    expect(lines[0]?.photos.map((photo) => photo.src)).toEqual([
      "/sandbox/api/telegram/files/x",
      "/sandbox/api/telegram/files/y",
    ]);
    expect(lines[1]?.quote).toEqual({ author: "Demo customer 1", text: "Message 1" });
  });
});

describe("appLines", () => {
  it("puts pending messages last and shows what failed", () => {
    const stored = {
      message_id: 1,
      message: "Hello",
      photo_url: null,
      photo_urls: [],
      direction: "support" as const,
      created_at: "2026-11-01 10:42:00",
    };
    const outgoing = {
      clientId: "c",
      text: "Hi",
      photos: [],
      createdAt: "2026-11-01T10:43:00.000Z",
      state: "failed" as const,
      failure: "No connection",
    };
    expect(appLines([stored], [outgoing])).toMatchObject([
      { own: false, state: "sent", at: "2026-11-01T10:42:00Z" },
      { own: true, state: "failed", failure: "No connection" },
    ]);
  });
});
