import {
  type Action,
  type Automation,
  action,
  type Condition,
  condition,
  type TextMatch,
  type Trigger,
  trigger,
} from "@pult/api/workflows/automations/schema.ts";

/** A part of a list with what tells it apart while it is edited. */
export type Part<Value> = { key: string; value: Value };

/** A rule while it is edited: it may still lack something. */
export type Draft = { trigger: Trigger; conditions: Part<Condition>[]; actions: Part<Action>[] };

const part = <Value>(value: Value): Part<Value> => ({ key: crypto.randomUUID(), value });

const ANY: TextMatch = { mode: "any", values: [] };
const HOURS = { from: "09:00", to: "18:00", days: [1, 2, 3, 4, 5] };
const ownTimeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What a part is when its type is chosen. */
export function emptyTrigger(type: Trigger["type"]): Trigger {
  switch (type) {
    case "messageMatches":
      return { type, text: ANY, direction: "incoming" };
    case "newChat":
      return { type };
    case "noAnswer":
      return { type, minutes: 30 };
    case "dealMoved":
      return { type, stageIds: null };
    case "tagSet":
      return { type, tagIds: [] };
  }
}

export function emptyCondition(type: Condition["type"]): Condition {
  switch (type) {
    case "account":
      return { type, accountIds: [] };
    case "chatType":
      return { type, chatTypes: ["private"] };
    case "hasMedia":
      return { type, value: true };
    case "text":
      return { type, text: { mode: "contains", values: [] } };
    case "hours":
      return { type, isInside: false, ...HOURS, timeZone: ownTimeZone() };
    case "tag":
      return { type, tagIds: [], value: true };
    case "stage":
      return { type, stageIds: [] };
  }
}

export function emptyAction(type: Action["type"]): Action {
  switch (type) {
    case "reply":
      return { type, text: "" };
    case "notify":
      return { type, personId: null };
    case "webhook":
      return { type, webhookId: "" };
    case "tag":
      return { type, tagIds: [] };
    case "assign":
      return { type, personId: "" };
    case "createDeal":
      return { type, name: "", stageId: null };
    case "createTask":
      return { type, title: "", personId: null, hours: 24 };
  }
}

export const newCondition = (type: Condition["type"]) => part(emptyCondition(type));
export const newAction = (type: Action["type"]) => part(emptyAction(type));

export function draftOf(automation: Automation | null): Draft {
  if (!automation) return { trigger: emptyTrigger("messageMatches"), conditions: [], actions: [newAction("reply")] };
  const { trigger: set, conditions, actions } = automation;
  return { trigger: set, conditions: conditions.map(part), actions: actions.map(part) };
}

/** Without the empty lines that a text field leaves. */
const tidy = ({ mode, values }: TextMatch): TextMatch => ({
  mode,
  values: values.map((one) => one.trim()).filter(Boolean),
});
const tidyText = <Value extends Trigger | Condition>(value: Value): Value =>
  "text" in value ? { ...value, text: tidy(value.text) } : value;

export const ruleOfDraft = ({ trigger: set, conditions, actions }: Draft) => ({
  trigger: tidyText(set),
  conditions: conditions.map(({ value }) => tidyText(value)),
  actions: actions.map(({ value }) => value),
});

/** The parts that lack something, by key; `trigger` for the trigger, `actions` when there is none. */
export function faultsOf(draft: Draft): Set<string> {
  const faults = new Set<string>();
  const rule = ruleOfDraft(draft);
  if (!trigger.safeParse(rule.trigger).success) faults.add("trigger");
  for (const [index, { key }] of draft.conditions.entries())
    if (!condition.safeParse(rule.conditions[index]).success) faults.add(key);
  for (const [index, { key }] of draft.actions.entries())
    if (!action.safeParse(rule.actions[index]).success) faults.add(key);
  if (draft.actions.length === 0) faults.add("actions");
  return faults;
}
