import type { Entity } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";
import { Field, Input } from "../../../ui/field.tsx";
import { Select } from "../../../ui/select.tsx";
import { useColleagues } from "../data/use-setup.ts";
import { RecordPicker } from "./record-picker.tsx";
import { TEXTS, type Values } from "./record-values.ts";

type FieldsProps = {
  entity: Entity;
  values: Values;
  set: (changed: Partial<Values>) => void;
  /** Names of what the server would refuse. */
  problems: ReadonlySet<string>;
};

type TextName = (typeof TEXTS)[Entity][number];

const CONSENTS = ["", "agreed", "refused"] as const;
const LENGTH: Partial<Record<TextName, number>> = { name: 200, phone: 40, username: 33, currency: 3, amount: 20 };
const TYPES: Partial<Record<TextName, string>> = { email: "email", phone: "tel", nextStepAt: "datetime-local" };
/** Two of them stand in a row. */
const HALVES: readonly TextName[] = ["amount", "currency"];

/** The columns that are texts, in their order. */
export function TextFields({ entity, values, set, problems, isNew }: FieldsProps & { isNew: boolean }) {
  const t = useTranslations("contacts");
  const input = (name: TextName) => (
    <Field
      key={name}
      label={t(`field.${entity === "contact" && name === "name" ? "person" : name}`)}
      {...(problems.has(name) ? { error: t(`invalid.${name === "name" ? "name" : "value"}`) } : {})}
    >
      {(control) => (
        <Input
          {...control}
          type={TYPES[name] ?? "text"}
          inputMode={name === "amount" ? "decimal" : undefined}
          value={values[name]}
          maxLength={LENGTH[name] ?? 320}
          autoComplete="off"
          data-first-focus={isNew && name === "name" ? true : undefined}
          onChange={({ currentTarget }) => set({ [name]: currentTarget.value })}
          className={cx("max-md:h-11", name === "amount" && "num")}
        />
      )}
    </Field>
  );
  const names: readonly TextName[] = TEXTS[entity];
  return (
    <>
      {names.map((name) => {
        if (name === "consent") {
          return (
            <Select
              key={name}
              look="field"
              caption
              label={t("field.consent")}
              value={values.consent}
              options={CONSENTS.map((value) => ({ value, label: t(`consent.${value || "unknown"}`) }))}
              onChange={(consent) => set({ consent })}
            />
          );
        }
        if (!HALVES.includes(name)) return input(name);
        return name === HALVES[0] ? (
          <div key={name} className="grid grid-cols-[minmax(0,1fr)_96px] gap-3">
            {HALVES.map(input)}
          </div>
        ) : null;
      })}
    </>
  );
}

/** Which contact and which company it belongs to. */
export function PickedFields({ entity, values, set }: FieldsProps) {
  const t = useTranslations("contacts.field");
  if (entity === "company") return null;
  return (
    <>
      {entity === "deal" ? (
        <Field label={t("contactId")}>
          {({ id }) => (
            <RecordPicker
              id={id}
              entity="contact"
              label={t("contactId")}
              value={values.contact}
              onChange={(contact) => set({ contact })}
            />
          )}
        </Field>
      ) : null}
      <Field label={t("companyId")}>
        {({ id }) => (
          <RecordPicker
            id={id}
            entity="company"
            label={t("companyId")}
            value={values.company}
            onChange={(company) => set({ company })}
          />
        )}
      </Field>
    </>
  );
}

type OwnerSelectProps = { value: string; onChange: (ownerId: string) => void; bare?: boolean };

export function OwnerSelect({ value, onChange, bare = false }: OwnerSelectProps) {
  const t = useTranslations("contacts");
  const colleagues = useColleagues();
  const isKnown = value === "" || colleagues.some(({ id }) => id === value);
  return (
    <Select
      look="field"
      caption={!bare}
      label={t("field.ownerId")}
      value={value}
      options={[
        { value: "", label: t("noOwner") },
        ...(isKnown ? [] : [{ value, label: t("formerOwner") }]),
        ...colleagues.map(({ id, name }) => ({ value: id, label: name })),
      ]}
      onChange={onChange}
    />
  );
}
