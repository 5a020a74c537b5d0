import { backupCodes, passkeys, people } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { withIsoDates } from "../../iso-dates.ts";
import { recordAudit } from "../audit.ts";
import { publishRightsChanged } from "../events.ts";
import { ownAccount, targetOf } from "./agent-account.ts";
import type { Security, SignInMethods, UpdateProfileInput } from "./schema.ts";

/** The available sign-in methods; public. */
export const signInMethodsOf = ({ config, mailer }: Context): SignInMethods => ({
  passkey: true,
  telegram: config.telegramLogin,
  mail: mailer !== null,
});

/** Gives the caller another name, or mails in another language. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function updateProfile(ctx: Context, { name, languageCode }: UpdateProfileInput): Promise<void> {
  const account = await ownAccount(ctx);
  await ctx.db.transaction(async (tx) => {
    await tx.update(people).set({ name, languageCode }).where(eq(people.id, account.personId));
    const details = {
      ...(name === account.name ? {} : { name }),
      ...(languageCode === undefined || languageCode === account.languageCode ? {} : { languageCode }),
    };
    if (Object.keys(details).length === 0) return;
    await recordAudit(tx, ctx, { action: "auth.profileChanged", target: targetOf(account), details });
  });
  publishRightsChanged(ctx.bus, account.personId);
}

/** How the caller signs in. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getSecurity(ctx: Context): Promise<Security> {
  const { personId, email, passwordChangedAt, totpEnabledAt } = await ownAccount(ctx);
  const backupCodesLeft = await ctx.db.$count(
    backupCodes,
    and(eq(backupCodes.personId, personId), isNull(backupCodes.usedAt)),
  );
  const { id, name, createdAt, lastUsedAt, backedUp } = passkeys;
  const keys = await ctx.db
    .select({ id, name, createdAt, lastUsedAt, backedUp })
    .from(passkeys)
    .where(eq(passkeys.personId, personId))
    .orderBy(passkeys.createdAt, passkeys.id);
  return {
    email,
    passwordChangedAt: passwordChangedAt.toISOString(),
    totp: { enabledAt: totpEnabledAt?.toISOString() ?? null, backupCodesLeft },
    passkeys: keys.map(withIsoDates),
  };
}
