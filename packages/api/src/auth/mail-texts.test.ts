import { describe, expect, it } from "vitest";
import { type MailText, writeMail } from "./mail-texts.ts";

const URL = "https://pult.example.com/reset#token=abc";
const TEXTS: MailText[] = [
  { kind: "invitation", url: URL, invitedBy: "Vera", days: 7 },
  { kind: "invitation", url: URL, invitedBy: null, days: 7 },
  { kind: "reset", url: URL, minutes: 60 },
  { kind: "passwordChanged" },
  { kind: "accountLocked", minutes: 2 },
  { kind: "totpEnabled" },
  { kind: "totpDisabled" },
  { kind: "passkeyAdded", name: "Laptop" },
  { kind: "telegramLinked", name: "@olga" },
];

describe("writeMail", () => {
  it.each(TEXTS)("says $kind in both languages, with everything that is to be said", (text) => {
    const english = writeMail(text, { languageCode: null, workspace: "Night Desk" });
    const russian = writeMail(text, { languageCode: "ru-RU", workspace: "Night Desk" });
    expect(russian.text).toMatch(/[а-я]/i);
    expect(english.text).not.toMatch(/[а-я]/i);
    for (const { subject, text: body } of [english, russian]) {
      expect(subject).toContain("Night Desk");
      expect(body).toMatch(/\S\n$/);
      for (const [name, value] of Object.entries(text))
        if (name !== "kind" && value !== null) expect(body).toContain(String(value));
    }
  });

  it("writes English to readers of other languages", () => {
    expect(writeMail({ kind: "totpEnabled" }, { languageCode: "de", workspace: "Pult" }).subject).toBe(
      "Codes are on at Pult",
    );
  });

  it("keeps the subject one line, whatever the workspace is called", () => {
    const { subject } = writeMail(
      { kind: "totpEnabled" },
      { languageCode: null, workspace: "A\r\nBcc: x@example.com" },
    );
    expect(subject).toBe("Codes are on at A Bcc: x@example.com");
  });
});
