import type { Mailer } from "@pult/api/auth/mailer.ts";
import { createTransport } from "nodemailer";

export interface SmtpOptions {
  /** `smtp://user:password@host:587`, `smtps://…` for TLS from the first byte. */
  url: string;
  /** `Pult <pult@example.com>` */
  from: string;
}

/** Mail goes to one reader: a list is refused. */
const ONE_ADDRESS = /^[^\s,;<>]+@[^\s,;<>]+$/;
/** Longer than any server should take; only the request of an invitation waits for it. */
const PATIENCE_MS = 10_000;

/** Hands mail to an SMTP server, one connection for each. */
export function createSmtpMailer({ url, from }: SmtpOptions): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    dnsTimeout: PATIENCE_MS,
    // A text is a text: nothing in it may name a file or an address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ to, subject, text }) {
      if (!ONE_ADDRESS.test(to)) throw new Error("This is not one address");
      await transport.sendMail({ from, to: { name: "", address: to }, subject, text });
    },
  };
}
