import {
  ACTION_TYPES,
  type Automation,
  CONDITION_TYPES,
  TRIGGER_TYPES,
} from "@pult/api/workflows/automations/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { FlaskConical, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { z } from "zod";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { Select } from "../../../ui/select.tsx";
import { useSchemaForm } from "../../auth/use-schema-form.ts";
import { SheetForm } from "../../settings/sheet-form.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import {
  type Draft,
  draftOf,
  emptyTrigger,
  faultsOf,
  newAction,
  newCondition,
  type Part,
  ruleOfDraft,
} from "./draft.ts";
import { DRY_RUN_DAYS, DryRunResult } from "./dry-run-result.tsx";
import { LabelledSelect } from "./fields.tsx";
import { ActionFields, ConditionFields, TriggerFields } from "./part-fields.tsx";

const fields = z.object({ name: z.string().trim().min(1).max(100) });

/** A part of the rule in a frame of its own. */
function PartBox(props: { title: string; fault: string | null; onRemove?: () => void; children: ReactNode }) {
  const t = useTranslations("automations");
  return (
    <section aria-label={props.title} className="flex flex-col gap-3 rounded-2 border border-line p-3">
      <div className="flex min-h-8 items-center justify-between gap-2">
        <h3 className="font-medium">{props.title}</h3>
        {props.onRemove ? (
          <IconButton icon={X} label={t("remove", { part: props.title })} onClick={props.onRemove} />
        ) : null}
      </div>
      {props.children}
      {props.fault ? <p className="text-12 text-danger">{props.fault}</p> : null}
    </section>
  );
}

type PartListProps<Value extends { type: string }> = {
  title: string;
  parts: readonly Part<Value>[];
  types: readonly Value["type"][];
  nameOf: (type: Value["type"]) => string;
  add: string;
  faultOf: (key: string) => string | null;
  onChange: (parts: Part<Value>[]) => void;
  make: (type: Value["type"]) => Part<Value>;
  fieldsOf: (value: Value, onChange: (value: Value) => void) => ReactNode;
};

function PartList<Value extends { type: string }>(props: PartListProps<Value>) {
  const { title, parts, types, nameOf, add, faultOf, onChange, make, fieldsOf } = props;
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h2 className="font-semibold">{title}</h2>
      {parts.map(({ key, value }) => (
        <PartBox
          key={key}
          title={nameOf(value.type)}
          fault={faultOf(key)}
          onRemove={() => onChange(parts.filter((one) => one.key !== key))}
        >
          {fieldsOf(value, (next) => onChange(parts.map((one) => (one.key === key ? { key, value: next } : one))))}
        </PartBox>
      ))}
      <Select
        label={add}
        value={"" as Value["type"] | ""}
        options={[{ value: "", label: add }, ...types.map((type) => ({ value: type, label: nameOf(type) }))]}
        onChange={(type) => (type === "" ? undefined : onChange([...parts, make(type)]))}
        className="self-start"
      />
    </section>
  );
}

type RuleProps = { draft: Draft; onChange: (draft: Draft) => void; faults: ReadonlySet<string> };

/** When, if, then. */
function RuleFields({ draft, onChange, faults }: RuleProps) {
  const t = useTranslations("automations");
  const faultOf = (key: string) => (faults.has(key) ? t("incomplete") : null);
  return (
    <>
      <section aria-label={t("when")} className="flex flex-col gap-2">
        <h2 className="font-semibold">{t("when")}</h2>
        <LabelledSelect
          label={t("triggerLabel")}
          value={draft.trigger.type}
          options={TRIGGER_TYPES.map((type) => ({ value: type, label: t(`trigger.${type}`) }))}
          onChange={(type) => onChange({ ...draft, trigger: emptyTrigger(type) })}
        />
        <TriggerFields value={draft.trigger} onChange={(trigger) => onChange({ ...draft, trigger })} />
        {faults.has("trigger") ? <p className="text-12 text-danger">{t("incomplete")}</p> : null}
      </section>
      <PartList
        title={t("conditions")}
        parts={draft.conditions}
        types={CONDITION_TYPES}
        nameOf={(type) => t(`condition.${type}`)}
        add={t("addCondition")}
        faultOf={faultOf}
        onChange={(conditions) => onChange({ ...draft, conditions })}
        make={newCondition}
        fieldsOf={(value, change) => <ConditionFields value={value} onChange={change} />}
      />
      <PartList
        title={t("actions")}
        parts={draft.actions}
        types={ACTION_TYPES}
        nameOf={(type) => t(`action.${type}`)}
        add={t("addAction")}
        faultOf={faultOf}
        onChange={(actions) => onChange({ ...draft, actions })}
        make={newAction}
        fieldsOf={(value, change) => <ActionFields value={value} onChange={change} />}
      />
      {faults.has("actions") ? <p className="text-12 text-danger">{t("actionRequired")}</p> : null}
    </>
  );
}

function AutomationForm({ automation, onClose }: { automation: Automation | null; onClose: () => void }) {
  const t = useTranslations("automations");
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queries = useQueryClient();
  const failed = useFailureToast();
  const saved = {
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: trpc.chats.automations.list.queryKey() });
      onClose();
    },
  };
  const create = useMutation(trpc.chats.automations.create.mutationOptions(saved));
  const update = useMutation(trpc.chats.automations.update.mutationOptions(saved));
  const [draft, setDraft] = useState(() => draftOf(automation));
  const [faults, setFaults] = useState<ReadonlySet<string>>(new Set());
  const dryRun = useMutation({
    mutationFn: () => client.chats.automations.dryRun.query({ automation: ruleOfDraft(draft), days: DRY_RUN_DAYS }),
    onError: failed(t("dryRunFailed")),
  });
  const form = useSchemaForm(fields, { defaultValues: { name: automation?.name ?? "" } });
  /** @returns whether the rule lacks nothing */
  const check = (): boolean => {
    const found = faultsOf(draft);
    setFaults(found);
    return found.size === 0;
  };
  const change = (next: Draft) => {
    setDraft(next);
    if (faults.size > 0) setFaults(faultsOf(next));
    dryRun.reset();
  };
  const send = ({ name }: { name: string }) => {
    if (!check()) return;
    if (automation) update.mutate({ id: automation.id, name, ...ruleOfDraft(draft) });
    else create.mutate({ name, ...ruleOfDraft(draft) });
  };
  return (
    <SheetForm
      form={form}
      call={automation ? update : create}
      onSend={send}
      submitLabel={t(automation ? "save" : "create")}
      onClose={onClose}
    >
      <Field label={t("name")} error={form.formState.errors.name && t("nameRequired")}>
        {(control) => (
          <Input
            {...control}
            {...form.register("name")}
            maxLength={100}
            autoComplete="off"
            data-first-focus
            className="max-md:h-11"
          />
        )}
      </Field>
      <RuleFields draft={draft} onChange={change} faults={faults} />
      <Button aria-disabled={dryRun.isPending} onClick={() => check() && dryRun.mutate()} className="self-start">
        <Icon of={FlaskConical} />
        {t("dryRun")}
      </Button>
      {dryRun.data ? <DryRunResult found={dryRun.data} trigger={draft.trigger.type} /> : null}
    </SheetForm>
  );
}

/** Makes an automation, or changes one. */
export function AutomationSheet({ automation, onClose }: { automation: Automation | null; onClose: () => void }) {
  const t = useTranslations("automations");
  return (
    <Sheet onClose={onClose} title={t(automation ? "editTitle" : "createTitle")}>
      <AutomationForm automation={automation} onClose={onClose} />
    </Sheet>
  );
}
