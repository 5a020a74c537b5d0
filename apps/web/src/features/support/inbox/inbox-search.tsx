"use client";

import { Search, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { inputClass } from "../../../ui/input.tsx";
import { useCommands } from "../../shell/commands.tsx";
import { useDebounced } from "../../shell/use-debounced.ts";

const DEBOUNCE_MS = 250;

export function InboxSearch({ search, onSearch }: { search: string; onSearch: (search: string) => void }) {
  const t = useTranslations("inbox");
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(search);
  const settled = useDebounced(typed, DEBOUNCE_MS);
  const report = useRef(onSearch);
  report.current = onSearch;
  useEffect(() => {
    report.current(settled.trim());
  }, [settled]);
  // The address changed by itself: "back", or another view.
  useEffect(() => setTyped((current) => (current.trim() === search ? current : search)), [search]);

  useCommands([
    { id: "search", group: "list", label: t("searchKey"), icon: Search, keys: "/", run: () => input.current?.focus() },
  ]);
  const clear = () => {
    setTyped("");
    report.current("");
    input.current?.focus();
  };
  return (
    <search className="relative flex h-12 shrink-0 items-center border-line border-b px-3 md:h-11">
      <Icon of={Search} className="pointer-events-none absolute left-5.5 text-muted" />
      <input
        ref={input}
        type="search"
        value={typed}
        maxLength={200}
        placeholder={t("search")}
        aria-label={t("searchLabel")}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          if (typed) clear();
          else input.current?.blur();
        }}
        className={`${inputClass()} h-8 border-line-2 pr-9 pl-8 [&::-webkit-search-cancel-button]:hidden`}
      />
      {typed ? (
        <IconButton icon={X} label={t("clearSearch")} size="sm" onClick={clear} className="absolute right-4.5" />
      ) : null}
    </search>
  );
}
