import { useRef } from "react";

type Tab<T extends string> = { value: T; label: string; count?: number | string };

type TabsProps<T extends string> = {
  label: string;
  value: T;
  tabs: readonly Tab<T>[];
  /** Id of the panel that the chosen tab shows. */
  panelId: string;
  onChange: (value: T) => void;
};

/** Parts of one page. Arrow keys move and choose. */
export function Tabs<T extends string>({ label, value, tabs, panelId, onChange }: TabsProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const step = (by: number) => {
    const at = tabs.findIndex((tab) => tab.value === value);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.value);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.value}"]`)?.focus();
  };
  return (
    <div
      ref={list}
      role="tablist"
      aria-label={label}
      className="flex h-11 shrink-0 items-center gap-4 overflow-x-auto overflow-y-clip border-line border-b px-4 [scrollbar-width:none] md:h-9"
    >
      {tabs.map((tab) => (
        <button
          key={tab.value}
          type="button"
          role="tab"
          data-tab={tab.value}
          aria-selected={tab.value === value}
          aria-controls={panelId}
          tabIndex={tab.value === value ? 0 : -1}
          onClick={() => onChange(tab.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowRight") step(1);
            if (event.key === "ArrowLeft") step(-1);
          }}
          className="-mb-px inline-flex h-full shrink-0 items-center gap-1.5 border-transparent border-b-2 font-medium text-muted -outline-offset-2 hover:text-fg aria-selected:border-accent aria-selected:text-fg"
        >
          {tab.label}
          {tab.count === undefined ? null : <span className="num text-11 text-muted">{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}
