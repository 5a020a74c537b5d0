import type { Action } from "@pult/api/workflows/automations/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { useLocale, useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { useAgents } from "../../support/composer/agents.ts";
import { Choices, LabelledSelect } from "./fields.tsx";

type ChosenProps = { value: readonly string[]; onChange: (ids: string[]) => void };

/** Some of the tags of records. */
export function TagChoices({ value, onChange }: ChosenProps) {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const tags = useQuery(trpc.chats.tags.list.queryOptions()).data?.items;
  if (tags?.length === 0) return <p className="text-12 text-muted">{t("noTags")}</p>;
  const options = (tags ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return <Choices label={t("tags")} value={value} options={options} onChange={onChange} />;
}

/** Every stage, named with its pipeline where there are several. */
function useStages(): { value: string; label: string }[] {
  const trpc = useTRPC();
  const language = useLocale();
  const pipelines = useQuery(trpc.chats.pipelines.list.queryOptions({ language })).data?.items ?? [];
  const isOne = pipelines.length === 1;
  return pipelines.flatMap(({ name, stages }) =>
    stages.map((stage) => ({ value: stage.id, label: isOne ? stage.name : `${name}: ${stage.name}` })),
  );
}

export function StageChoices({ value, onChange }: ChosenProps) {
  const t = useTranslations("automations");
  return <Choices label={t("stages")} value={value} options={useStages()} onChange={onChange} />;
}

type AgentSelectProps = { label: string; none: string; value: string; onChange: (personId: string) => void };

export function AgentSelect({ label, none, value, onChange }: AgentSelectProps) {
  const agents = useAgents();
  const options = [{ value: "", label: none }, ...agents.map(({ id, name }) => ({ value: id, label: name }))];
  return <LabelledSelect label={label} value={value} options={options} onChange={onChange} />;
}

type FieldsProps<Value> = { value: Value; onChange: (value: Value) => void };

export function DealFields({ value, onChange }: FieldsProps<Extract<Action, { type: "createDeal" }>>) {
  const t = useTranslations("automations");
  const stages = useStages();
  return (
    <>
      <Field label={t("dealName")}>
        {(control) => (
          <Input
            {...control}
            value={value.name}
            maxLength={200}
            onChange={({ currentTarget }) => onChange({ ...value, name: currentTarget.value })}
            className="max-md:h-11"
          />
        )}
      </Field>
      <LabelledSelect
        label={t("stage")}
        value={value.stageId ?? ""}
        options={[{ value: "", label: t("firstStage") }, ...stages]}
        onChange={(stageId) => onChange({ ...value, stageId: stageId || null })}
      />
    </>
  );
}

export function TaskFields({ value, onChange }: FieldsProps<Extract<Action, { type: "createTask" }>>) {
  const t = useTranslations("automations");
  return (
    <>
      <Field label={t("taskTitle")}>
        {(control) => (
          <Input
            {...control}
            value={value.title}
            maxLength={500}
            onChange={({ currentTarget }) => onChange({ ...value, title: currentTarget.value })}
            className="max-md:h-11"
          />
        )}
      </Field>
      <AgentSelect
        label={t("assignee")}
        none={t("noAssignee")}
        value={value.personId ?? ""}
        onChange={(personId) => onChange({ ...value, personId: personId || null })}
      />
      <Field label={t("dueHours")} hint={t("dueHoursHint")}>
        {(control) => (
          <Input
            {...control}
            inputMode="numeric"
            value={value.hours === null || Number.isNaN(value.hours) ? "" : String(value.hours)}
            onChange={({ currentTarget: { value: text } }) =>
              onChange({ ...value, hours: text.trim() === "" ? null : Number.parseInt(text, 10) })
            }
            className="num max-md:h-11"
          />
        )}
      </Field>
    </>
  );
}
