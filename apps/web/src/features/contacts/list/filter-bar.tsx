import type { Entity, Filter } from "@pult/api/crm/schema.ts";
import { Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { useFilterText } from "./use-filter-fields.ts";

const FilterDialog = lazyModule(() => import("./filter-dialog.tsx")).part((module) => module.FilterDialog);

type FilterBarProps = {
  entity: Entity;
  filters: readonly Filter[];
  onChange: (filters: Filter[]) => void;
  /** Before the filters. */
  lead?: ReactNode;
  /** Behind the filters. */
  children?: ReactNode;
  /** At the end: how many were found. */
  found?: ReactNode;
};

const chipClass = "inline-flex h-8 shrink-0 items-center gap-1 rounded-1 px-2 font-medium text-12 md:h-6";

/** What a list is narrowed by: each filter can be changed and taken out. */
export function FilterBar({ entity, filters, onChange, lead, children, found }: FilterBarProps) {
  const t = useTranslations("contacts.filter");
  const text = useFilterText(entity);
  const [edited, setEdited] = useState<number | "new" | null>(null);
  const replace = (at: number, filter: Filter) =>
    onChange(filters.map((known, index) => (index === at ? filter : known)));
  return (
    <div className="flex min-h-11 shrink-0 items-center gap-1.5 overflow-x-auto border-line border-b px-4 py-1.5 [scrollbar-width:none] md:flex-wrap">
      {lead}
      {filters.map((filter, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same filter may be there twice, and none keeps a state
        <span key={index} className={`${chipClass} bg-accent-soft pr-0.5 text-accent-text`}>
          <button
            type="button"
            onClick={() => setEdited(index)}
            className="inline-block h-full max-w-60 truncate hover:underline"
          >
            {text(filter)}
          </button>
          <button
            type="button"
            aria-label={t("remove", { filter: text(filter) })}
            onClick={() => onChange(filters.filter((_, at) => at !== index))}
            className="grid size-7 place-items-center rounded-1 hover:bg-accent-line md:size-5"
          >
            <Icon of={X} size={12} />
          </button>
        </span>
      ))}
      <button
        type="button"
        onClick={() => setEdited("new")}
        className={`${chipClass} border border-line-2 bg-surface text-fg hover:bg-surface-3`}
      >
        <Icon of={Plus} size={12} />
        {t("add")}
      </button>
      {children}
      {found ? <span className="num ml-auto shrink-0 pl-2 text-12 text-muted">{found}</span> : null}
      {edited === null ? null : (
        <FilterDialog
          entity={entity}
          filter={edited === "new" ? null : (filters[edited] ?? null)}
          onClose={() => setEdited(null)}
          onApply={(filter) => (edited === "new" ? onChange([...filters, filter]) : replace(edited, filter))}
        />
      )}
    </div>
  );
}
