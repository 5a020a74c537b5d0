import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Mail } from "@pult/api/auth/mailer.ts";
import { SMTPServer } from "smtp-server";

/** A real SMTP server for a test, on 127.0.0.1 and a free port; closes with `await using`. */
export interface TestSmtp extends AsyncDisposable {
  url: string;
  /** What has arrived, oldest first, once for each reader. */
  mails: Mail[];
  /** As it came over the line. */
  raw: string[];
  /** Answers every reader's address with this; null: takes it. */
  refusal: string | null;
}

/** @param login who may send; absent: every client */
export async function startTestSmtp(login?: { user: string; password: string }): Promise<TestSmtp> {
  const mails: Mail[] = [];
  const raw: string[] = [];
  const smtp = new SMTPServer({
    disabledCommands: login ? ["STARTTLS"] : ["STARTTLS", "AUTH"],
    allowInsecureAuth: true,
    onAuth({ username, password }, _, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(Object.assign(new Error("Wrong user or password"), { responseCode: 535 }));
    },
    onRcptTo(_, __, done) {
      const code = Number(state.refusal?.slice(0, 3));
      done(state.refusal === null ? null : Object.assign(new Error(state.refusal.slice(4)), { responseCode: code }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        raw.push(text);
        for (const { address } of envelope.rcptTo) mails.push({ to: address, ...readMail(text) });
        done();
      });
    },
  });
  smtp.listen(0, "127.0.0.1");
  await once(smtp.server, "listening");
  const { port } = smtp.server.address() as AddressInfo;
  const user = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : "";
  const state: TestSmtp = {
    url: `smtp://${user}127.0.0.1:${port}`,
    mails,
    raw,
    refusal: null,
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => smtp.close(() => resolve()));
    },
  };
  return state;
}

/** Reads a mail of one plain text part. @see https://www.rfc-editor.org/rfc/rfc2045 */
function readMail(raw: string): Omit<Mail, "to"> {
  const split = raw.indexOf("\r\n\r\n");
  const headers = new Map<string, string>();
  for (const line of raw
    .slice(0, split)
    .replace(/\r\n[ \t]+/g, " ")
    .split("\r\n")) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const encoding = headers.get("content-transfer-encoding") ?? "7bit";
  const body = decodeBody(raw.slice(split + 4), encoding).replaceAll("\r\n", "\n");
  return { subject: decodeWords(headers.get("subject") ?? ""), text: body.replace(/\n+$/, "\n") };
}

function decodeBody(body: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  return encoding === "quoted-printable" ? decodeQuoted(body.replace(/=\r\n/g, "")) : body;
}

const decodeQuoted = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");

/** @see https://www.rfc-editor.org/rfc/rfc2047 */
const decodeWords = (header: string): string =>
  header
    .replace(/(\?=)\s+(=\?)/g, "$1$2")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === "b"
        ? Buffer.from(text, "base64").toString("utf8")
        : decodeQuoted(text.replaceAll("_", " ")),
    );
