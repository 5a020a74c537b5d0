import { backupCodes, passkeys, people } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { withIsoDates } from "../../iso-dates.ts";
import { recordAudit } from "../audit.ts";
import { publishRightsChanged } from "../events.ts";
import type { Me, Role } from "../schema.ts";
import { ownAccount, targetOf } from "./agent-account.ts";
import type { Security, SignInMethods, UpdateProfileInput } from "./schema.ts";

/** The caller. @throws DomainError `UNAUTHORIZED` when anonymous */
export function getMe(ctx: Context): Me {
  const { actor } = ctx;
  const nothing = { role: "User" as Role, roleName: "User", permissions: [], scopes: [] };
  const base = { email: null, namespace: null, workspace: ctx.config.workspace, ...nothing };
  switch (actor.kind) {
    case "agent": {
      const { kind, personId: id, name, email, role, roleName, permissions, scopes } = actor;
      return { ...base, kind, id, name, email, role, roleName, permissions, scopes };
    }
    case "customer": {
      const session = actor.proof?.kind === "session" ? actor.proof : null;
      return {
        ...base,
        kind: "customer",
        id: actor.externalId,
        name: actor.name ?? actor.externalId,
        namespace: actor.namespace,
        ...(session ? { role: session.role, roleName: session.role, permissions: session.permissions } : {}),
      };
    }
    case "apiKey":
      return { ...base, kind: "apiKey", id: actor.keyId, name: actor.name, scopes: actor.scopes };
    default:
      throw requestError("signInRequired");
  }
}

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
