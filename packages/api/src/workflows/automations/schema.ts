import { z } from "zod";
import { accountId } from "../../chats/inputs.ts";
import { CHAT_TYPES, storable } from "../../chats/schema.ts";
import { isTimeZone } from "../../time-zone.ts";
import { DIRECTIONS, idInput, name } from "../schema.ts";
import { compilePattern, MAX_PATTERN, PatternError } from "./pattern.ts";

const words = storable(z.string().trim().min(1).max(MAX_PATTERN));

function explain(pattern: string): string | null {
  try {
    compilePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

export const TEXT_MODES = ["any", "contains", "words", "pattern"] as const;
/** Which texts: all; with one of some parts; with one of some whole words; in which a pattern is found. Case makes no difference. */
export const textMatch = z
  .object({ mode: z.enum(TEXT_MODES), values: z.array(words).max(50).default([]) })
  .superRefine(({ mode, values }, ctx) => {
    const refuse = (message: string) => ctx.addIssue({ code: "custom", message, path: ["values"] });
    if (mode === "pattern") {
      const wrong = values.length === 1 && values[0] !== undefined ? explain(values[0]) : "one pattern";
      if (wrong) refuse(wrong);
    } else if (mode !== "any" && values.length === 0) refuse("at least one");
  });
export type TextMatch = z.infer<typeof textMatch>;

export const trigger = z.discriminatedUnion("type", [
  z.object({ type: z.literal("messageMatches"), text: textMatch, direction: z.enum(DIRECTIONS).default("incoming") }),
  /** The first message of a chat that the account did not have. */
  z.object({ type: z.literal("newChat") }),
  /** A message of theirs has had no answer for so long; once for each. */
  z.object({ type: z.literal("noAnswer"), minutes: z.int().min(1).max(10_080) }),
  /** Into one of these stages; null for any. */
  z.object({ type: z.literal("dealMoved"), stageIds: z.array(z.guid()).min(1).max(100).nullable() }),
  z.object({ type: z.literal("tagSet"), tagIds: z.array(z.guid()).min(1).max(100) }),
]);
export type Trigger = z.infer<typeof trigger>;
export const TRIGGER_TYPES = [
  "messageMatches",
  "newChat",
  "noAnswer",
  "dealMoved",
  "tagSet",
] as const satisfies readonly Trigger["type"][];

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "A time like 09:00");
export const condition = z.discriminatedUnion("type", [
  z.object({ type: z.literal("account"), accountIds: z.array(accountId).min(1).max(100) }),
  z.object({ type: z.literal("chatType"), chatTypes: z.array(z.enum(CHAT_TYPES)).min(1) }),
  z.object({ type: z.literal("hasMedia"), value: z.boolean() }),
  z.object({ type: z.literal("text"), text: textMatch }),
  z.object({
    type: z.literal("hours"),
    /** Within them, or outside of them. */
    isInside: z.boolean(),
    /** `from` after `to` spans midnight. */
    from: clock,
    to: clock,
    /** Days on which they begin, 1 Monday to 7 Sunday. */
    days: z.array(z.int().min(1).max(7)).min(1).max(7),
    timeZone: z.string().max(64).refine(isTimeZone, "An IANA time zone"),
  }),
  /** Of the contact and the deals that the chat is tied to: one has one of the tags, or none has. */
  z.object({ type: z.literal("tag"), tagIds: z.array(z.guid()).min(1).max(100), value: z.boolean() }),
  /** One of their deals is in one of the stages. */
  z.object({ type: z.literal("stage"), stageIds: z.array(z.guid()).min(1).max(100) }),
]);
export type Condition = z.infer<typeof condition>;
export const CONDITION_TYPES = [
  "account",
  "chatType",
  "hasMedia",
  "text",
  "hours",
  "tag",
  "stage",
] as const satisfies readonly Condition["type"][];

export const action = z.discriminatedUnion("type", [
  /** Into the chat; `{firstName}` and `{title}` stand for what the chat is called. */
  z.object({ type: z.literal("reply"), text: storable(z.string().trim().min(1).max(4_096)) }),
  /** A notice; null for the agent that the automation belongs to, for a key's the Admins. */
  z.object({ type: z.literal("notify"), personId: z.guid().nullable().default(null) }),
  z.object({ type: z.literal("webhook"), webhookId: z.guid() }),
  /** What follows changes the contact; the other side of a private chat becomes one. */
  z.object({ type: z.literal("tag"), tagIds: z.array(z.guid()).min(1).max(20) }),
  /** Makes an agent the contact's owner. */
  z.object({ type: z.literal("assign"), personId: z.guid() }),
  /** Null: the first stage. */
  z.object({
    type: z.literal("createDeal"),
    name: storable(z.string().trim().min(1).max(200)),
    stageId: z.guid().nullable().default(null),
  }),
  z.object({
    type: z.literal("createTask"),
    title: storable(z.string().trim().min(1).max(500)),
    personId: z.guid().nullable().default(null),
    /** Due after so long; null for no time. */
    hours: z.int().min(1).max(8_760).nullable().default(null),
  }),
]);
export type Action = z.infer<typeof action>;
export const ACTION_TYPES = [
  "reply",
  "notify",
  "webhook",
  "tag",
  "assign",
  "createDeal",
  "createTask",
] as const satisfies readonly Action["type"][];

const rule = {
  trigger,
  conditions: z.array(condition).max(20),
  actions: z.array(action).min(1).max(10),
};
export const createAutomationInput = z.object({
  name,
  ...rule,
  conditions: rule.conditions.default([]),
  isActive: z.boolean().default(true),
});
export type CreateAutomationInput = z.infer<typeof createAutomationInput>;
export const updateAutomationInput = z
  .object({ name, ...rule, isActive: z.boolean() })
  .partial()
  .extend(idInput.shape);
export type UpdateAutomationInput = z.infer<typeof updateAutomationInput>;

export interface Automation {
  id: string;
  name: string;
  isActive: boolean;
  trigger: Trigger;
  conditions: Condition[];
  actions: Action[];
  createdBy: string;
  createdAt: string;
  updatedAt: string;
}

export const RUN_STATES = ["pending", "done", "failed", "skipped", "limited", "missed"] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface ConditionOutcome {
  type: Condition["type"];
  holds: boolean;
}
export interface ActionOutcome {
  type: Action["type"];
  state: "pending" | "done" | "failed";
  /** English; `errorKey` is the key of a refusal, for clients. */
  error: string | null;
  errorKey: string | null;
}

export interface AutomationRun {
  id: string;
  automationId: string;
  eventId: string;
  /** Of the event. */
  type: string;
  accountId: string | null;
  chatId: string | null;
  chatTitle: string | null;
  state: RunState;
  conditions: ConditionOutcome[];
  actions: ActionOutcome[];
  createdAt: string;
  finishedAt: string | null;
}

const rowId = z.string().regex(/^[1-9]\d{0,15}$/, "Not one of ours");
export const runsInput = z.object({
  automationId: z.guid(),
  state: z.enum(RUN_STATES).optional(),
  limit: z.int().min(1).max(100).default(30),
  offsetId: rowId.optional(),
});
export type RunsInput = z.infer<typeof runsInput>;
export const replayRunInput = z.object({ runId: rowId });
export type ReplayRunInput = z.infer<typeof replayRunInput>;

export const dryRunInput = z.object({
  automation: z.object({
    trigger,
    conditions: rule.conditions.default([]),
    actions: z.array(action).max(10).default([]),
  }),
  days: z.int().min(1).max(7).default(7),
});
export type DryRunInput = z.infer<typeof dryRunInput>;

/** What an action would have done. */
export interface PlannedAction {
  type: Action["type"];
  /** The reply as it would be sent, or what the deal or the task would be called. */
  text: string | null;
  /** Of the refusal that would have come. */
  errorKey: string | null;
}

/** What an automation would have answered to. */
export interface DryRun {
  /** Messages that were looked at; of triggers of records, changes that they could be set off by. */
  examined: number;
  /** There were more: the newest were looked at. */
  isCut: boolean;
  /** Runs with every condition met, of all found. */
  count: number;
  /** Newest first, at most 100; also those that a condition kept back. */
  runs: {
    at: string;
    /** Null of a record whose contact has no private chat. */
    accountId: string | null;
    chatId: string | null;
    /** Of the chat, or the record. */
    title: string;
    /** Of the message. */
    text: string;
    holds: boolean;
    /** The chat would have had too many runs in that hour. */
    isLimited: boolean;
    conditions: ConditionOutcome[];
    actions: PlannedAction[];
  }[];
}
