import type { Field, FieldValue } from "@pult/api/crm/schema.ts";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { CustomFieldInput } from "../sheet/custom-field.tsx";
import { FactRow } from "./inline-fact.tsx";

type ChoiceFactProps = { field: Field; value: string[]; onSave: (value: string[] | null) => void };

/** A fact of several options that are chosen where it stands: leaving them or Enter saves, Escape does not. */
export function ChoiceFact({ field, value, onSave }: ChoiceFactProps) {
  const t = useTranslations("contacts");
  const [chosen, setChosen] = useState<string[] | null>(null);
  const choices = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const wasEdited = useRef(false);
  const isEdited = chosen !== null;
  useEffect(() => {
    if (isEdited) choices.current?.querySelector<HTMLElement>("[role=checkbox], input")?.focus();
    else if (wasEdited.current) button.current?.focus();
    wasEdited.current = isEdited;
  }, [isEdited]);
  const shown = field.options
    .filter(({ id }) => value.includes(id))
    .map(({ label }) => label)
    .join(", ");
  if (!isEdited)
    return (
      <FactRow label={field.name}>
        <button
          ref={button}
          type="button"
          aria-label={t(shown ? "card.change" : "card.addTo", { field: field.name, value: shown })}
          onClick={() => setChosen(value)}
          className="-mx-1.5 block w-full cursor-pointer rounded-1 px-1.5 py-0.5 text-left hover:bg-surface-3"
        >
          {shown || <span className="text-muted">{t("card.add")}</span>}
        </button>
      </FactRow>
    );
  const save = () => {
    setChosen(null);
    if (chosen.toSorted().join() !== value.toSorted().join()) onSave(chosen.length > 0 ? chosen : null);
  };
  const choose = (next: FieldValue) => setChosen(Array.isArray(next) ? next : []);
  return (
    <FactRow label={field.name}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the checkboxes in it */}
      <div
        ref={choices}
        onBlur={({ currentTarget, relatedTarget }) => {
          if (!currentTarget.contains(relatedTarget)) save();
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            save();
          }
          if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            setChosen(null);
          }
        }}
      >
        <CustomFieldInput field={field} value={chosen} onChange={choose} bare />
      </div>
    </FactRow>
  );
}
