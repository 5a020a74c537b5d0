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
