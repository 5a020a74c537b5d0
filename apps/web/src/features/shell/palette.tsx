import { Command as Cmdk } from "cmdk";
import { Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Avatar } from "../../ui/avatar.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Kbd } from "../../ui/kbd.tsx";
import { Dialog } from "../../ui/modal.tsx";
import { useKeyText, useOfferedCommands } from "./commands.tsx";
import { type Command, type SearchResult, useSearches } from "./registry.ts";

const groupClass =
  "[&_[cmdk-group-heading]]:px-4 [&_[cmdk-group-heading]]:pt-2.5 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-11 [&_[cmdk-group-heading]]:text-muted";
const itemClass =
  "mx-2 flex min-h-11 cursor-pointer items-center gap-3 rounded-2 px-3 data-[selected=true]:bg-accent-soft md:min-h-9";

function CommandItem({ command, onRun }: { command: Command; onRun: () => void }) {
  const keyText = useKeyText();
  return (
    <Cmdk.Item
      value={`${command.id} ${command.label}`}
      keywords={[command.label]}
      onSelect={onRun}
      className={itemClass}
    >
      {command.icon ? <Icon of={command.icon} className="text-muted" /> : <span className="w-4" />}
      <span className="min-w-0 flex-1 truncate">{command.label}</span>
      {command.keys ? <Kbd className="max-md:hidden">{keyText(command.keys)}</Kbd> : null}
    </Cmdk.Item>
  );
}

type FoundProps = { label: string; results: readonly SearchResult[]; onRun: (href: string) => void };

function Found({ label, results, onRun }: FoundProps) {
  if (results.length === 0) return null;
  return (
    <Cmdk.Group heading={label} className={groupClass} forceMount>
      {results.map(({ id, href, title, detail, note }) => (
        <Cmdk.Item key={id} value={id} forceMount onSelect={() => onRun(href)} className={itemClass}>
          <Avatar name={title} size={24} />
          <span className="min-w-0 flex-1 py-1">
            <span className="block truncate">{title}</span>
            <span className="block truncate text-12 text-muted">{detail}</span>
          </span>
          <span className="shrink-0 text-12 text-muted">{note}</span>
        </Cmdk.Item>
      ))}
    </Cmdk.Group>
  );
}

function Foot({ onShowKeys }: { onShowKeys: () => void }) {
  const t = useTranslations("palette");
  const pair = (keys: string[], label: ReactNode) => (
    <span className="inline-flex items-center gap-1.5">
      {keys.map((key) => (
        <Kbd key={key}>{key}</Kbd>
      ))}
      {label}
    </span>
  );
  return (
    <footer className="flex shrink-0 items-center gap-4 border-line border-t bg-surface-2 px-4 py-2 text-12 text-muted max-md:hidden">
      {pair(["↑", "↓"], t("choose"))}
      {pair(["↵"], t("run"))}
      <button type="button" onClick={onShowKeys} className="ml-auto hover:text-fg">
        {pair(["?"], t("allKeys"))}
      </button>
    </footer>
  );
}

type PaletteProps = {
  query: string;
  onQuery: (query: string) => void;
  onClose: () => void;
  onShowKeys: () => void;
};

/** Every command that works on this page, and search results of the features. */
export function Palette({ query, onQuery, onClose, onShowKeys }: PaletteProps) {
  const t = useTranslations();
  const router = useRouter();
  const searches = useSearches(query);
  const groups = useOfferedCommands((command) => !command.isKeyOnly);
  const [selected, setSelected] = useState("");
  const list = useRef<HTMLDivElement>(null);
  // Found later than typed: when no command matched, the first conversation is what Enter means.
  const firstFound = searches.flatMap(({ results }) => results)[0]?.id;
  useEffect(() => {
    if (firstFound === undefined || list.current?.querySelector('[aria-selected="true"]')) return;
    setSelected(firstFound);
  }, [firstFound]);
  const run = (action: () => void) => {
    onClose();
    // After the dialog has given the focus back, so that an action may move it.
    setTimeout(action, 0);
  };
  return (
    <Dialog
      bare
      onClose={onClose}
      title={t("shell.commands")}
      className="top-4 max-h-[calc(100dvh-32px)] w-[640px] md:top-24 md:max-h-[calc(100dvh-160px)]"
    >
      <Cmdk
        value={selected}
        onValueChange={setSelected}
        label={t("shell.commands")}
        loop
        className="flex min-h-0 flex-col"
      >
        <div className="flex h-[52px] shrink-0 items-center gap-3 border-line border-b px-4">
          <Icon of={Search} size={20} className="text-muted" />
          <Cmdk.Input
            value={query}
            onValueChange={onQuery}
            placeholder={t("palette.placeholder")}
            className="h-full min-w-0 flex-1 bg-transparent text-16 outline-none"
          />
        </div>
        <Cmdk.List ref={list} className="scroll-pane min-h-0 pb-2">
          {firstFound === undefined ? (
            <Cmdk.Empty className="px-4 py-6 text-center text-muted">{t("palette.empty", { query })}</Cmdk.Empty>
          ) : null}
          {groups.map((group) => (
            <Cmdk.Group key={group.id} heading={group.label} className={groupClass}>
              {group.commands.map((command) => (
                <CommandItem key={command.id} command={command} onRun={() => run(command.run)} />
              ))}
            </Cmdk.Group>
          ))}
          {searches.map(({ id, label, results }) => (
            <Found key={id} label={label} results={results} onRun={(href) => run(() => router.push(href))} />
          ))}
        </Cmdk.List>
      </Cmdk>
      <Foot onShowKeys={onShowKeys} />
    </Dialog>
  );
}
