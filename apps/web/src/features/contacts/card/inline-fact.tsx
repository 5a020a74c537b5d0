import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Input } from "../../../ui/field.tsx";

type RowProps = { label: string; children: ReactNode };

export const FactRow = ({ label, children }: RowProps) => (
  <div className="grid min-h-9 grid-cols-[104px_minmax(0,1fr)] items-center gap-2 md:min-h-7">
    <dt className="truncate text-13 text-muted md:text-12" title={label}>
      {label}
    </dt>
    <dd className="min-w-0">{children}</dd>
  </div>
);

type InlineFactProps = {
  label: string;
  value: string;
  /** Left out where the reader may not change it. */
  onSave: ((value: string) => void) | null;
  type?: "text" | "email" | "tel" | "date";
  inputMode?: "decimal";
  /** How it reads when it is not being changed. */
  shown?: ReactNode;
};

/** A fact that becomes a field where it stands: Enter or leaving it saves, Escape does not. */
export function InlineFact({ label, value, onSave, type = "text", inputMode, shown }: InlineFactProps) {
  const t = useTranslations("contacts");
  const [isEdited, setEdited] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const wasEdited = useRef(false);
  useEffect(() => {
    if (wasEdited.current && !isEdited) button.current?.focus();
    wasEdited.current = isEdited;
  }, [isEdited]);
  const text = shown ?? value;
  if (!onSave) return <FactRow label={label}>{text || <span className="text-muted">–</span>}</FactRow>;
  if (!isEdited) {
    return (
      <FactRow label={label}>
        <button
          ref={button}
          type="button"
          aria-label={t(text ? "card.change" : "card.addTo", { field: label, value })}
          onClick={() => setEdited(true)}
          className="-mx-1.5 block w-full cursor-text truncate rounded-1 px-1.5 py-0.5 text-left hover:bg-surface-3"
        >
          {text || <span className="text-muted">{t("card.add")}</span>}
        </button>
      </FactRow>
    );
  }
  const save = (next: string) => {
    setEdited(false);
    if (next.trim() !== value) onSave(next.trim());
  };
  return (
    <FactRow label={label}>
      <Input
        aria-label={label}
        type={type}
        inputMode={inputMode}
        defaultValue={value}
        maxLength={1_000}
        autoComplete="off"
        ref={(input) => input?.focus()}
        onBlur={({ currentTarget }) => save(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") save(event.currentTarget.value);
          if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            setEdited(false);
          }
        }}
        className="-mx-1.5 px-1.5"
      />
    </FactRow>
  );
}
