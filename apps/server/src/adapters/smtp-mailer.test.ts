import { describeMailer } from "@pult/api/testing/contracts/mailer.ts";
import { describe, expect, it } from "vitest";
import { createSmtpMailer } from "./smtp-mailer.ts";
import { startTestSmtp } from "./test-smtp.ts";

const FROM = "Pult <pult@example.com>";
const MAIL = { to: "olga@example.com", subject: "Hello", text: "Hello\n" };

describeMailer("SMTP", async () => {
  const smtp = await startTestSmtp();
  return {
    mailer: createSmtpMailer({ url: smtp.url, from: FROM }),
    received: () => smtp.mails,
    refuseAll: (reason) => {
      smtp.refusal = reason;
    },
    [Symbol.asyncDispose]: () => smtp[Symbol.asyncDispose](),
  };
});

describe("createSmtpMailer", () => {
  it("says who it is from, and attaches nothing that a text names", async () => {
    await using smtp = await startTestSmtp();
    await createSmtpMailer({ url: smtp.url, from: FROM }).send({ ...MAIL, text: "file:///etc/passwd\n" });
    expect(smtp.raw[0]).toContain("From: Pult <pult@example.com>");
    expect(smtp.mails).toMatchObject([{ text: "file:///etc/passwd\n" }]);
  });

  it("signs in with the user and password of its address", async () => {
    await using smtp = await startTestSmtp({ user: "pult@example.com", password: "p@ss:w/rd" });
    await createSmtpMailer({ url: smtp.url, from: FROM }).send(MAIL);
    expect(smtp.mails).toHaveLength(1);
    const wrong = createSmtpMailer({ url: smtp.url.replace(/:[^:@]*@/, ":wrong@"), from: FROM });
    await expect(wrong.send(MAIL)).rejects.toThrow("Wrong user or password");
  });

  it("fails without hanging when no server listens", async () => {
    const smtp = await startTestSmtp();
    await smtp[Symbol.asyncDispose]();
    await expect(createSmtpMailer({ url: smtp.url, from: FROM }).send(MAIL)).rejects.toThrow("ECONNREFUSED");
  });
});
