import { rowsOf } from "@pult/db/rows.ts";
import { customRoles } from "@pult/db/schema/auth.ts";
import { telegramShares } from "@pult/db/schema/chats.ts";
import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import { ROLES } from "../../auth/schema.ts";
import { selectAgents } from "../../auth/team/holders.ts";
import type { Context, Deps } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { requireAccount, requireOwner, viewerOf } from "../access.ts";
import { grantsTopic } from "../events.ts";
import { ENDED, PRECEDENCE, readGrants } from "../grants.ts";
import type { OneAccountInput, Share, ShareInput } from "../inputs.ts";
import type { Session } from "../schema.ts";
import { requireChat } from "../store/chats.ts";
import { changeAccount, updateSessions } from "./sessions.ts";

/**
 * Grants a role or a member of the team access to an account or one of its chats, in place of the same grant before; or removes that.
 * @throws DomainError as `changeAccount`, `NOT_FOUND` for a chat that the account does not know, `VALIDATION` for a role or a member that is
 * none, and an end that is past
 */
export async function shareAccount(ctx: Context, input: ShareInput): Promise<Session> {
  const { accountId, access } = input;
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  if (access !== null) await requireGrantee(ctx, input);
  const chatId = input.chatId === undefined ? null : (await requireChat(ctx, account, input.chatId)).chatId;
  const whom = { role: input.role ?? null, personId: input.memberId ?? null, chatId };
  const until = input.until ?? null;
  const { sessionId, role, personId, chatId: ofChat } = telegramShares;
  const session = await changeAccount(ctx, { accountId }, async (tx, { row }) => {
    if (access === null)
      await tx
        .delete(telegramShares)
        .where(
          and(
            eq(sessionId, row.id),
            whom.role === null ? isNull(role) : eq(role, whom.role),
            whom.personId === null ? isNull(personId) : eq(personId, whom.personId),
            chatId === null ? isNull(ofChat) : eq(ofChat, chatId),
          ),
        );
    else {
      const made = { access, until, createdBy: viewerOf(ctx).userId, createdAt: ctx.now() };
      await tx
        .insert(telegramShares)
        .values({ sessionId: row.id, ...whom, ...made })
        .onConflictDoUpdate({ target: [sessionId, role, personId, ofChat], set: made });
    }
    await recordAudit(tx, ctx, {
      action: "telegram.accountShared",
      target: { kind: "telegramAccount", id: row.id },
      details: { role: whom.role, memberId: whom.personId, chatId, access, until: until?.toISOString() ?? null },
    });
    return updateSessions(tx, [row.id], { updatedAt: ctx.now() });
  });
  await publishGrants(ctx, accountId);
  return session;
}

/** Tells those who follow an account what they may see of it from now on. */
export async function publishGrants({ db, bus }: Pick<Deps, "db" | "bus">, accountId: string): Promise<void> {
  bus.publishLatest(grantsTopic.name(accountId), await readGrants(db, accountId));
}

async function requireGrantee(ctx: Context, { role, memberId, until }: ShareInput): Promise<void> {
  if (until && until <= ctx.now()) throw invalid("until", "In the past");
  if (memberId !== undefined) {
    const [agent] = await selectAgents(ctx.db, [memberId]);
    if (!agent) throw invalid("memberId", "No such member of the team");
  }
  if (role === undefined || ROLES.some((one) => one === role)) return;
  if ((await ctx.db.$count(customRoles, eq(customRoles.name, role))) === 0) throw invalid("role", "No such role");
}

const invalid = (field: string, message: string) =>
  requestError("invalidField", { field }, { message: `${field}: ${message}`, details: { [field]: message } });

/** Grants of an account that go on. @throws DomainError as `requireAccount`, `FORBIDDEN` for one that is shared with the caller */
export async function listShares(ctx: Context, { accountId }: OneAccountInput): Promise<{ items: Share[] }> {
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  const rows = rowsOf<Share>(
    await ctx.db.execute(sql`
      select g.role, g.person_id as "memberId", p.name as "memberName", g.chat_id::text as "chatId", c.title as "chatTitle", g.access,
        to_char(g.until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as until
      from telegram_shares g left join people p on p.id = g.person_id
      left join telegram_chats c on c.store_id = ${account.storeId} and c.chat_id = g.chat_id
      where g.session_id = ${accountId} and not ${ENDED(ctx.now())}
      order by g.chat_id is not null, lower(c.title), g.role is null, lower(coalesce(g.role, p.name)), ${PRECEDENCE}`),
  );
  return { items: rows };
}

/** Removes grants that have ended: they are none already. */
export async function sweepShares({ db, now }: Pick<Context, "db" | "now">): Promise<void> {
  await db.delete(telegramShares).where(lte(telegramShares.until, now()));
}
