import { describe, expect } from "vitest";
import type { Mail, Mailer } from "../../auth/mailer.ts";
import { contractOf } from "./contract.ts";

export interface MailPeer extends Partial<AsyncDisposable> {
  mailer: Mailer;
  /** What has arrived, oldest first, as its reader sees it. */
  received(): Mail[];
  /** From now on nothing is taken; null: as before. */
  refuseAll(reason: string | null): void;
}

const MAIL: Mail = {
  to: "olga@example.com",
  subject: "Invitation",
  text: "Open this link:\nhttps://x.example/#token=a_b-c\n",
};

/** What every mailer must do. @param start a fresh peer for each test */
export function describeMailer(name: string, start: () => Promise<MailPeer>): void {
  describe(`mailer contract: ${name}`, () => {
    const it = contractOf(start);

    it("brings a mail as it was written", async ({ peer }) => {
      await peer.mailer.send(MAIL);
      expect(peer.received()).toEqual([MAIL]);
    });

    it("brings any script, long lines and lines of dots", async ({ peer }) => {
      const mail = {
        to: "olga@example.com",
        subject: "Приглашение в «Пульт» 👋 ".repeat(6).trim(),
        text: `Здравствуйте!\n.\n..\n${"длинная строка ".repeat(200).trim()}\n👩🏽‍🚀\n`,
      };
      await peer.mailer.send(mail);
      expect(peer.received()).toEqual([mail]);
    });

    it("lets no subject and no address add a header or a reader", async ({ peer }) => {
      await peer.mailer.send({ ...MAIL, subject: "Hello\r\nBcc: eve@example.com" }).catch(() => {});
      for (const to of ["olga@example.com, eve@example.com", "olga@example.com\r\nBcc: eve@example.com"])
        await peer.mailer.send({ ...MAIL, to }).catch(() => {});
      expect(peer.received().filter(({ to }) => to.includes("eve"))).toEqual([]);
    });

    it("fails when it is not taken, and works again afterwards", async ({ peer }) => {
      peer.refuseAll("550 No such user");
      await expect(peer.mailer.send(MAIL)).rejects.toThrow("550");
      peer.refuseAll(null);
      await peer.mailer.send(MAIL);
      expect(peer.received()).toEqual([MAIL]);
    });

    it("sends several at once", async ({ peer }) => {
      const mails = [1, 2, 3, 4].map((at) => ({ ...MAIL, to: `agent${at}@example.com` }));
      await Promise.all(mails.map((mail) => peer.mailer.send(mail)));
      expect(peer.received().sort((a, b) => (a.to < b.to ? -1 : 1))).toEqual(mails);
    });
  });
}
