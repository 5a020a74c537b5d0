import { expect, it } from "vitest";
import { describeMailer } from "./contracts/mailer.ts";
import { FakeMailer } from "./fake-mailer.ts";

describeMailer("FakeMailer", async () => {
  const mailer = new FakeMailer();
  return {
    mailer,
    received: () => [...mailer.sent],
    refuseAll: (reason) => {
      mailer.failure = reason;
    },
    [Symbol.asyncDispose]: async () => {},
  };
});

it("finds the link in the newest mail to an address", async () => {
  const mailer = new FakeMailer();
  const send = (to: string, text: string) => mailer.send({ to, subject: "s", text });
  await send("a@example.com", "http://x.example/#token=1");
  await send("a@example.com", "Open\nhttp://x.example/#token=2\nnow");
  await send("b@example.com", "none");
  expect(mailer.linkTo("a@example.com")).toBe("http://x.example/#token=2");
  expect(() => mailer.linkTo("b@example.com")).toThrow("No mail with a link");
});
