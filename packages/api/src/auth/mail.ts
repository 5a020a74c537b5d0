import type { Context } from "../context.ts";
import { type MailText, writeMail } from "./mail-texts.ts";

export interface Recipient {
  email: string;
  /** Any BCP 47 tag; English for what there are no texts in. */
  languageCode: string | null;
}

/** Sends mail where mail is configured. A mail that fails is logged and fails nothing. @returns whether it has been sent */
export async function sendMail(ctx: Context, { email, languageCode }: Recipient, text: MailText): Promise<boolean> {
  if (!ctx.mailer) return false;
  const written = writeMail(text, { languageCode, workspace: ctx.config.workspace });
  try {
    await ctx.mailer.send({ to: email, ...written });
    return true;
  } catch (error) {
    ctx.log.warn({ err: error, mail: text.kind }, "A mail could not be sent");
    return false;
  }
}

/** Mails an agent about their account, in the background. */
export const notifyByMail = (ctx: Context, recipient: Recipient, text: MailText): void =>
  ctx.background.run("A notice could not be sent", () => sendMail(ctx, recipient, text));
