import type { Mail, Mailer } from "../auth/mailer.ts";

/** Keeps what it is given, unless it is told to fail. */
export class FakeMailer implements Mailer {
  sent: Mail[] = [];
  /** While set, every mail fails with these words. */
  failure: string | null = null;

  async send(mail: Mail): Promise<void> {
    if (!/^[^\s,<>]+@[^\s,<>]+$/.test(mail.to)) throw new Error("This is not one address");
    if (this.failure !== null) throw new Error(this.failure);
    this.sent.push({ ...mail, subject: mail.subject.replace(/\s+/g, " ") });
  }

  /** The link in the newest mail to this address. */
  linkTo(email: string): string {
    const text = this.sent.findLast((mail) => mail.to === email)?.text ?? "";
    const link = /https?:\/\/\S+/.exec(text)?.[0];
    if (!link) throw new Error(`No mail with a link has gone to ${email}`);
    return link;
  }
}
