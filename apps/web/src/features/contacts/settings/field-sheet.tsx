import { type Entity, FIELD_TYPES, type FieldType } from "@pult/api/crm/schema.ts";
import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Input } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Select } from "../../../ui/select.tsx";
import { newId } from "../../thread/send-queue.ts";
import { CRM_KEY } from "../data/keys.ts";
import { useFields } from "../data/use-setup.ts";
import { NameField, PlainForm, useSave } from "./plain-form.tsx";

/** An option in the form; `id` is there once the server has it. */
type Option = { key: string; id?: string; label: string };

type OptionsProps = { options: readonly Option[]; onChange: (options: Option[]) => void; isTried: boolean };

function Options({ options, onChange, isTried }: OptionsProps) {
  const t = useTranslations("contacts.setup");
  const hasGap = isTried && (options.length === 0 || options.some(({ label }) => label.trim() === ""));
  return (
    <fieldset>
      <legend className="mb-1.5 font-medium text-12 text-fg-2">{t("options")}</legend>
      <ul className="flex flex-col gap-2">
        {options.map((option, index) => (
          <li key={option.key} className="flex items-center gap-2">
            <Input
              aria-label={t("option", { number: index + 1 })}
              value={option.label}
              maxLength={60}
              autoComplete="off"
              onChange={({ currentTarget }) =>
                onChange(options.map((one) => (one === option ? { ...one, label: currentTarget.value } : one)))
              }
              className="max-md:h-11"
            />
            <IconButton
              icon={X}
              label={t("removeOption", { name: option.label || String(index + 1) })}
              onClick={() => onChange(options.filter((one) => one !== option))}
            />
          </li>
        ))}
      </ul>
      <Button size="sm" className="mt-2" onClick={() => onChange([...options, { key: newId(), label: "" }])}>
        <Icon of={Plus} size={14} />
        {t("addOption")}
      </Button>
      <p role="alert" className="mt-1.5 text-12 text-danger empty:hidden">
        {hasGap ? t("optionsMissing") : null}
      </p>
    </fieldset>
  );
}

type FieldSheetProps = { entity: Entity; id: string | null; onClose: () => void };

/** A custom field. Its type stays; what had a removed option is asked for. */
export function FieldSheet({ entity, id, onClose }: FieldSheetProps) {
  const t = useTranslations("contacts.setup");
  const client = useTRPCClient();
  const field = useFields(entity).find((one) => one.id === id);
  const [name, setName] = useState(field?.name ?? "");
  const [type, setType] = useState<FieldType>(field?.type ?? "text");
  const [options, setOptions] = useState<Option[]>(() =>
    (field?.options ?? []).map((option) => ({ key: option.id, ...option })),
  );
  /** What becomes of the values of a removed option: cleared, or another option's id. */
  const [fates, setFates] = useState<Readonly<Record<string, string>>>({});
  const [isTried, setTried] = useState(false);
  const hasOptions = type === "select" || type === "multiSelect";
  const removed = (field?.options ?? []).filter((option) => !options.some((one) => one.id === option.id));
  const given = options.map(({ id: known, label }) => ({ ...(known ? { id: known } : {}), label: label.trim() }));
  const save = useSave(
    async () => {
      const common = { name: name.trim(), ...(hasOptions ? { options: given } : {}) };
      if (!field) return client.chats.fields.create.mutate({ ...common, entity, type });
      const removedOptions = Object.fromEntries(removed.map((option) => [option.id, fates[option.id] || null]));
      return client.chats.fields.update.mutate({ ...common, id: field.id, removedOptions });
    },
    { reads: CRM_KEY, onClose },
  );
  const isMissing = hasOptions && (options.length === 0 || options.some(({ label }) => label.trim() === ""));
  const submit = () => {
    setTried(true);
    if (name.trim() !== "" && !isMissing) save.mutate();
  };
  return (
    <PlainForm title={t(field ? "editField" : "new.fields")} call={save} onSubmit={submit} onClose={onClose}>
      <NameField value={name} isTried={isTried} onChange={setName} />
      {field ? (
        <p className="text-muted">{t("typeStays", { type: t(`type.${type}`) })}</p>
      ) : (
        <Select
          look="field"
          caption
          label={t("typeLabel")}
          value={type}
          options={FIELD_TYPES.map((value) => ({ value, label: t(`type.${value}`) }))}
          onChange={setType}
        />
      )}
      {hasOptions ? <Options options={options} onChange={setOptions} isTried={isTried} /> : null}
      {removed.map((option) => (
        <Select
          key={option.id}
          look="field"
          caption
          label={t("fate", { name: option.label })}
          value={fates[option.id] ?? ""}
          options={[
            { value: "", label: t("clearValues") },
            ...options.flatMap(({ id: other, label }) =>
              other ? [{ value: other, label: t("becomes", { name: label }) }] : [],
            ),
          ]}
          onChange={(fate) => setFates((before) => ({ ...before, [option.id]: fate }))}
        />
      ))}
    </PlainForm>
  );
}
