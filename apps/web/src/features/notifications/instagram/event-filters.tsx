import type { EventType } from "@pult/api/notifications/schema.ts";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Icon } from "../../../ui/icon.tsx";
import { Select } from "../../../ui/select.tsx";
import { iconOf, TYPES } from "./event-types.ts";

type ChipProps = { isOn: boolean; onPress: () => void; children: ReactNode };

function FilterChip({ isOn, onPress, children }: ChipProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      onClick={onPress}
      className="inline-flex h-6 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-1 border border-line-2 bg-surface px-2 font-medium text-12 text-fg-2 hover:bg-surface-3 aria-pressed:border-accent-line aria-pressed:bg-accent-soft aria-pressed:text-accent-text max-md:h-8"
    >
      {children}
    </button>
  );
}

type EventFiltersProps = {
  filter: { types: EventType[]; account: string };
  /** Accounts that are known to have events. */
  accounts: readonly string[];
  onChange: (changes: { types?: EventType[]; account?: string }) => void;
};

/** Which events are shown: of any type, or of the types that are pressed; of one account, where there are several. */
export function EventFilters({ filter: { types, account }, accounts, onChange }: EventFiltersProps) {
  const t = useTranslations("instagram");
  const toggle = (type: EventType) =>
    onChange({ types: types.includes(type) ? types.filter((one) => one !== type) : [...types, type] });
  const options = [{ value: "", label: t("allAccounts") }, ...accounts.map((value) => ({ value, label: value }))];
  return (
    <div className="flex min-h-11 shrink-0 items-center gap-2 overflow-x-auto border-line border-b px-4 py-1.5 [scrollbar-width:none]">
      <fieldset className="flex shrink-0 items-center gap-1.5">
        <legend className="sr-only">{t("types")}</legend>
        <FilterChip isOn={types.length === 0} onPress={() => onChange({ types: [] })}>
          {t("allTypes")}
        </FilterChip>
        {TYPES.map((type) => (
          <FilterChip key={type} isOn={types.includes(type)} onPress={() => toggle(type)}>
            <Icon of={iconOf(type)} size={14} />
            {t(`type.${type}`)}
          </FilterChip>
        ))}
      </fieldset>
      {accounts.length > 1 || account !== "" ? (
        <Select
          label={t("account")}
          value={account}
          options={options}
          onChange={(next) => onChange({ account: next })}
          className="max-w-44 shrink-0 md:ml-auto"
        />
      ) : null}
    </div>
  );
}
