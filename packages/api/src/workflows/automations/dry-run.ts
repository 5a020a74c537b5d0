import { requireStaff } from "../../auth/permissions.ts";
import { type Viewer, viewerOf } from "../../chats/access.ts";
import type { Message } from "../../chats/schema.ts";
import { chatKey, selectChatFacts, selectPastMessages } from "../../chats/store/facts.ts";
import type { Context } from "../../context.ts";
import { selectPastChanges } from "../../crm/records/past-changes.ts";
import { selectRecords } from "../../crm/records/select.ts";
import { ENTITIES } from "../../crm/schema.ts";
import { workflowsError } from "../errors.ts";
import { findReactions } from "./past-messages.ts";
import { MAX_RUNS_PER_HOUR } from "./react.ts";
import { allHold, fillIn, outcomesOf } from "./rules.ts";
import type { Action, DryRun, DryRunInput, PlannedAction, Trigger } from "./schema.ts";
import { recordsOfChat, type Subject, subjectOfRecord } from "./subjects.ts";

const MAX_MESSAGES = 5_000;
const MAX_CHANGES = 1_000;
const MAX_SHOWN = 100;
const MAX_EXCERPT = 200;
const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

/** What set off the trigger. */
interface Occasion {
  at: Date;
  title: string;
  message: Message | null;
  subject: Subject;
}

interface Past {
  /** Oldest first. */
  occasions: Occasion[];
  examined: number;
  isCut: boolean;
}

/**
 * What an automation would have answered to in the last days, and by what: among the stored messages, or the history of records. Conditions are
 * asked about what chats and records are now. Nothing is changed.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function dryRun(ctx: Context, { automation, days }: DryRunInput): Promise<DryRun> {
  requireStaff(ctx.actor, "chats:read");
  const viewer = viewerOf(ctx);
  const since = new Date(ctx.now().getTime() - days * DAY_MS);
  const { trigger } = automation;
  const { occasions, examined, isCut } =
    trigger.type === "dealMoved" || trigger.type === "tagSet"
      ? await pastChanges(ctx, viewer, { trigger, since })
      : await pastMessages(ctx, viewer, { trigger, since });
  const limit = hourlyLimit();
  const runs = occasions.map((occasion) => runOf(automation, occasion, limit));
  return {
    ...{ examined, isCut },
    count: runs.filter(({ holds, isLimited }) => holds && !isLimited).length,
    runs: runs.toReversed().slice(0, MAX_SHOWN),
  };
}

async function pastMessages(
  ctx: Context,
  viewer: Viewer,
  { trigger, since }: { trigger: Trigger; since: Date },
): Promise<Past> {
  const past = await selectPastMessages(ctx.db, viewer, { since, limit: MAX_MESSAGES + 1 });
  const messages = past.slice(-MAX_MESSAGES);
  const found = findReactions(trigger, messages, ctx.now());
  const chats = await selectChatFacts(
    ctx.db,
    found.map(({ message }) => message),
  );
  const subjects = new Map<string, Subject>();
  for (const [key, chat] of chats) subjects.set(key, { chat, records: await recordsOfChat(ctx.db, chat) });
  return {
    occasions: found.flatMap(({ message, at }) => {
      const subject = subjects.get(chatKey(message));
      return subject ? [{ at, message, subject, title: subject.chat?.title ?? "" }] : [];
    }),
    examined: messages.length,
    isCut: past.length > MAX_MESSAGES,
  };
}

async function pastChanges(
  ctx: Context,
  viewer: Viewer,
  { trigger, since }: { trigger: Extract<Trigger, { type: "dealMoved" | "tagSet" }>; since: Date },
): Promise<Past> {
  const of =
    trigger.type === "dealMoved"
      ? ({ kind: "moved", ids: trigger.stageIds } as const)
      : ({ kind: "tagged", ids: trigger.tagIds } as const);
  const past = await selectPastChanges(ctx.db, { ...of, since, limit: MAX_CHANGES + 1 });
  const changes = past.slice(-MAX_CHANGES);
  const subjects = new Map<string, { title: string; subject: Subject }>();
  for (const entity of ENTITIES) {
    const ids = changes.flatMap((change) => (change.entity === entity ? change.entityId : []));
    for (const record of await selectRecords(ctx.db, entity, [...new Set(ids)], null))
      subjects.set(record.id, { title: record.name, subject: await subjectOfRecord(ctx.db, viewer, record) });
  }
  return {
    occasions: changes.flatMap(({ at, entityId }) => {
      const found = subjects.get(entityId);
      return found ? [{ at: new Date(at), message: null, ...found }] : [];
    }),
    examined: changes.length,
    isCut: past.length > MAX_CHANGES,
  };
}

/** Whether a chat had as many runs as one may have in the hour before. Asked in the order of time, of those that would run. */
function hourlyLimit(): (occasion: Occasion) => boolean {
  const times = new Map<string, number[]>();
  return ({ at, subject: { chat } }) => {
    if (!chat) return false;
    const lately = (times.get(chatKey(chat)) ?? []).filter((time) => time > at.getTime() - HOUR_MS);
    const isLimited = lately.length >= MAX_RUNS_PER_HOUR;
    times.set(chatKey(chat), isLimited ? lately : [...lately, at.getTime()]);
    return isLimited;
  };
}

function runOf(
  { conditions, actions }: DryRunInput["automation"],
  occasion: Occasion,
  limit: (occasion: Occasion) => boolean,
): DryRun["runs"][number] {
  const { at, title, message, subject } = occasion;
  const { accountId = null, chatId = null } = subject.chat ?? {};
  const outcomes = outcomesOf(conditions, { ...subject, message, at });
  const holds = allHold(outcomes);
  const isLimited = holds && limit(occasion);
  return {
    ...{ accountId, chatId, title, at: at.toISOString(), holds, isLimited },
    text: message?.text.slice(0, MAX_EXCERPT).toWellFormed() ?? "",
    conditions: outcomes,
    actions: holds && !isLimited ? actions.map((action) => plannedOf(action, subject)) : [],
  };
}

/** What an action would do, or why it would be refused. */
function plannedOf(action: Action, { chat, records }: Subject): PlannedAction {
  const { type } = action;
  const planned = (text: string | null): PlannedAction => ({ type, text, errorKey: null });
  const refused = (key: "noChat" | "noContact"): PlannedAction => ({
    ...{ type, text: null },
    errorKey: workflowsError(key).key,
  });
  if (type === "reply") return chat ? planned(fillIn(action.text, chat)) : refused("noChat");
  if (type === "notify" || type === "webhook") return planned(null);
  if (records.contactIds.length === 0 && chat?.type !== "private") return refused("noContact");
  return planned(type === "createDeal" ? action.name : type === "createTask" ? action.title : null);
}
