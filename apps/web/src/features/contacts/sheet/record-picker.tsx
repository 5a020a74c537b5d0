import { Combobox } from "@base-ui/react/combobox";
import type { Entity } from "@pult/api/crm/schema.ts";
import { Check, ChevronDown, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { cx } from "../../../ui/cx.ts";
import { inputClass } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { iconButtonClass } from "../../../ui/icon-button.tsx";
import { useDebounced } from "../../../ui/search-field.tsx";
import { useRecordSearch } from "../data/use-record-search.ts";

export type Picked = { id: string; name: string };

type RecordPickerProps = {
  entity: Entity;
  label: string;
  value: Picked | null;
  onChange: (value: Picked | null) => void;
  placeholder?: string;
  /** Of the field around it. */
  id?: string;
};

/** One record, found by typing a part of its name. */
export function RecordPicker({ entity, label, value, onChange, placeholder, id }: RecordPickerProps) {
  const t = useTranslations("contacts.picker");
  const [typed, setTyped] = useState(value?.name ?? "");
  const search = useDebounced(typed.trim(), 200);
  const isName = search === (value?.name ?? "");
  const { data, isFetching } = useRecordSearch(entity, isName ? "" : search);
  const items: Picked[] = (data ?? []).map((record) => ({ id: record.id, name: record.name }));
  return (
    <Combobox.Root
      items={items}
      filter={null}
      value={value}
      onValueChange={(next) => onChange(next ?? null)}
      inputValue={typed}
      onInputValueChange={setTyped}
      itemToStringLabel={({ name }) => name}
      isItemEqualToValue={(item, of) => item.id === of.id}
    >
      <span className="relative block">
        <Combobox.Input
          id={id}
          aria-label={label}
          placeholder={placeholder ?? t("type")}
          autoComplete="off"
          className={cx(inputClass(), "pr-16 max-md:h-11")}
        />
        <span className="absolute inset-y-0 right-1 flex items-center">
          {value ? (
            <Combobox.Clear aria-label={t("clear")} className={iconButtonClass("sm")}>
              <Icon of={X} size={14} />
            </Combobox.Clear>
          ) : null}
          <Combobox.Trigger aria-label={t("show")} className={iconButtonClass("sm")}>
            <Icon of={ChevronDown} size={14} />
          </Combobox.Trigger>
        </span>
      </span>
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} className="z-50 outline-none">
          <Combobox.Popup className="scroll-pane max-h-64 w-(--anchor-width) rounded-3 bg-surface p-1 shadow-dialog">
            <Combobox.Empty className="px-2 py-2 text-muted empty:hidden">
              {isFetching ? t("searching") : t("none")}
            </Combobox.Empty>
            <Combobox.List>
              {(item: Picked) => (
                <Combobox.Item
                  key={item.id}
                  value={item}
                  className="flex min-h-11 cursor-pointer select-none items-center gap-2 rounded-2 px-2 text-13 outline-none data-highlighted:bg-surface-3 md:min-h-8"
                >
                  <span dir="auto" className="min-w-0 flex-1 truncate text-start">
                    {item.name}
                  </span>
                  <Combobox.ItemIndicator>
                    <Icon of={Check} className="text-accent-text" />
                  </Combobox.ItemIndicator>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
