import { CHAT_TYPES } from "@pult/api/chats/schema.ts";
import type { Action, Condition, Trigger } from "@pult/api/workflows/automations/schema.ts";
import { DIRECTIONS } from "@pult/api/workflows/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { accountName } from "../../chats/accounts/health.tsx";
import { AgentSelect, DealFields, StageChoices, TagChoices, TaskFields } from "./crm-fields.tsx";
import { Choices, LabelledSelect, TextArea, TextFields } from "./fields.tsx";

type FieldsProps<Value> = { value: Value; onChange: (value: Value) => void };

export function TriggerFields({ value, onChange }: FieldsProps<Trigger>) {
  const t = useTranslations();
  switch (value.type) {
    case "newChat":
      return null;
    case "tagSet":
      return <TagChoices value={value.tagIds} onChange={(tagIds) => onChange({ ...value, tagIds })} />;
    case "dealMoved":
      return (
        <>
          <LabelledSelect
            label={t("automations.stages")}
            value={value.stageIds === null ? "any" : "some"}
            options={(["any", "some"] as const).map((one) => ({
              value: one,
              label: t(`automations.stageChoice.${one}`),
            }))}
            onChange={(one) => onChange({ ...value, stageIds: one === "any" ? null : [] })}
          />
          {value.stageIds === null ? null : (
            <StageChoices value={value.stageIds} onChange={(stageIds) => onChange({ ...value, stageIds })} />
          )}
        </>
      );
    case "noAnswer":
      return (
        <Field label={t("automations.minutes")}>
          {(control) => (
            <Input
              {...control}
              inputMode="numeric"
              value={Number.isNaN(value.minutes) ? "" : String(value.minutes)}
              onChange={({ currentTarget }) =>
                onChange({ ...value, minutes: Number.parseInt(currentTarget.value, 10) })
              }
              className="num max-md:h-11"
            />
          )}
        </Field>
      );
    case "messageMatches":
      return (
        <>
          <LabelledSelect
            label={t("webhooks.direction")}
            value={value.direction}
            options={DIRECTIONS.map((one) => ({ value: one, label: t(`workflows.direction.${one}`) }))}
            onChange={(direction) => onChange({ ...value, direction })}
          />
          <TextFields value={value.text} onChange={(text) => onChange({ ...value, text })} />
        </>
      );
  }
}

function AccountFields({ value, onChange }: FieldsProps<Extract<Condition, { type: "account" }>>) {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const accounts = useQuery(trpc.chats.accounts.list.queryOptions({ limit: 100 })).data?.items ?? [];
  return (
    <Choices
      label={t("condition.account")}
      value={value.accountIds}
      options={accounts.map((account) => ({ value: account.id, label: accountName(account) }))}
      onChange={(accountIds) => onChange({ ...value, accountIds })}
    />
  );
}

const DAYS = [1, 2, 3, 4, 5, 6, 7] as const;

function HoursFields({ value, onChange }: FieldsProps<Extract<Condition, { type: "hours" }>>) {
  const t = useTranslations("automations");
  return (
    <>
      <LabelledSelect
        label={t("condition.hours")}
        value={value.isInside ? "inside" : "outside"}
        options={(["inside", "outside"] as const).map((one) => ({ value: one, label: t(`hours.${one}`) }))}
        onChange={(one) => onChange({ ...value, isInside: one === "inside" })}
      />
      <div className="grid grid-cols-2 gap-3">
        {(["from", "to"] as const).map((end) => (
          <Field key={end} label={t(`hours.${end}`)}>
            {(control) => (
              <Input
                {...control}
                type="time"
                value={value[end]}
                onChange={({ currentTarget }) => onChange({ ...value, [end]: currentTarget.value })}
                className="num max-md:h-11"
              />
            )}
          </Field>
        ))}
      </div>
      <Choices
        label={t("hours.days")}
        value={value.days}
        options={DAYS.map((day) => ({ value: day as number, label: t(`hours.day.${day}`) }))}
        onChange={(days) => onChange({ ...value, days })}
      />
      <Field label={t("hours.timeZone")}>
        {(control) => (
          <Input
            {...control}
            value={value.timeZone}
            spellCheck={false}
            onChange={({ currentTarget }) => onChange({ ...value, timeZone: currentTarget.value })}
            className="max-md:h-11"
          />
        )}
      </Field>
    </>
  );
}

export function ConditionFields({ value, onChange }: FieldsProps<Condition>) {
  const t = useTranslations("automations");
  switch (value.type) {
    case "account":
      return <AccountFields value={value} onChange={onChange} />;
    case "hours":
      return <HoursFields value={value} onChange={onChange} />;
    case "text":
      return <TextFields value={value.text} onChange={(text) => onChange({ ...value, text })} />;
    case "stage":
      return <StageChoices value={value.stageIds} onChange={(stageIds) => onChange({ ...value, stageIds })} />;
    case "tag":
      return (
        <>
          <LabelledSelect
            label={t("condition.tag")}
            value={value.value ? "has" : "hasNot"}
            options={(["has", "hasNot"] as const).map((one) => ({ value: one, label: t(`tagChoice.${one}`) }))}
            onChange={(one) => onChange({ ...value, value: one === "has" })}
          />
          <TagChoices value={value.tagIds} onChange={(tagIds) => onChange({ ...value, tagIds })} />
        </>
      );
    case "chatType":
      return (
        <Choices
          label={t("condition.chatType")}
          value={value.chatTypes}
          options={CHAT_TYPES.map((type) => ({ value: type, label: t(`chatType.${type}`) }))}
          onChange={(chatTypes) => onChange({ ...value, chatTypes })}
        />
      );
    case "hasMedia":
      return (
        <LabelledSelect
          label={t("condition.hasMedia")}
          value={value.value ? "yes" : "no"}
          options={(["yes", "no"] as const).map((one) => ({ value: one, label: t(`media.${one}`) }))}
          onChange={(one) => onChange({ ...value, value: one === "yes" })}
        />
      );
  }
}

function WebhookFields({ value, onChange }: FieldsProps<Extract<Action, { type: "webhook" }>>) {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const mayRead = useMay()("chats:read");
  const webhooks = useQuery(trpc.chats.webhooks.list.queryOptions(undefined, { enabled: mayRead })).data?.items ?? [];
  return (
    <LabelledSelect
      label={t("action.webhook")}
      value={value.webhookId}
      options={[
        { value: "", label: t("chooseWebhook") },
        ...webhooks.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={(webhookId) => onChange({ ...value, webhookId })}
    />
  );
}

export function ActionFields({ value, onChange }: FieldsProps<Action>) {
  const t = useTranslations("automations");
  switch (value.type) {
    case "reply":
      return (
        <Field label={t("replyText")} hint={t("replyHint", { firstName: "{firstName}", title: "{title}" })}>
          {(control) => (
            <TextArea
              {...control}
              value={value.text}
              maxLength={4_096}
              onChange={(text) => onChange({ ...value, text })}
            />
          )}
        </Field>
      );
    case "notify":
      return (
        <AgentSelect
          label={t("whom")}
          none={t("owner")}
          value={value.personId ?? ""}
          onChange={(personId) => onChange({ ...value, personId: personId || null })}
        />
      );
    case "assign":
      return (
        <AgentSelect
          label={t("assignee")}
          none={t("chooseAgent")}
          value={value.personId}
          onChange={(personId) => onChange({ ...value, personId })}
        />
      );
    case "tag":
      return <TagChoices value={value.tagIds} onChange={(tagIds) => onChange({ ...value, tagIds })} />;
    case "createDeal":
      return <DealFields value={value} onChange={onChange} />;
    case "createTask":
      return <TaskFields value={value} onChange={onChange} />;
    case "webhook":
      return <WebhookFields value={value} onChange={onChange} />;
  }
}
