import { useTranslations } from "next-intl";
import { type KeyboardEvent, type RefObject, useEffect, useId, useImperativeHandle, useState } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { useAgents } from "./agents.ts";
import { type Mentionable, matchAgents, mentionAt } from "./mentions.ts";

const MAX_OFFERED = 6;

export type MentionKeys = { press: (event: KeyboardEvent) => void };

type MentionListProps = {
  field: RefObject<HTMLTextAreaElement | null>;
  text: string;
  onWrite: (text: string) => void;
  keys: RefObject<MentionKeys | null>;
};

/** Where the caret stands, also after it was moved without typing. */
function useCaret(field: RefObject<HTMLTextAreaElement | null>, text: string): number {
  const [caret, setCaret] = useState(() => field.current?.selectionStart ?? text.length);
  useEffect(() => {
    const look = () => {
      if (document.activeElement === field.current) setCaret(field.current?.selectionStart ?? 0);
    };
    document.addEventListener("selectionchange", look);
    return () => document.removeEventListener("selectionchange", look);
  }, [field]);
  // Typing moves it before the browser says so.
  return Math.min(field.current?.selectionStart ?? caret, text.length);
}

/** Agents whose names fit what is typed after `@`: by arrows and Enter or Tab, or by a click. */
export function MentionList({ field, text, onWrite, keys }: MentionListProps) {
  const t = useTranslations("composer");
  const id = useId();
  const agents = useAgents();
  const caret = useCaret(field, text);
  const [dismissedAt, setDismissedAt] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const writing = mentionAt(text, caret);
  const isOpen = writing !== null && writing.start !== dismissedAt;
  const offered = isOpen ? matchAgents(agents, writing.query).slice(0, MAX_OFFERED) : [];
  const current = offered[Math.min(chosen, offered.length - 1)];

  const insert = ({ name }: Mentionable) => {
    if (!writing) return;
    const before = `${text.slice(0, writing.start)}@${name} `;
    onWrite(before + text.slice(caret).replace(/^ /, ""));
    // Once the text is in the field.
    requestAnimationFrame(() => field.current?.setSelectionRange(before.length, before.length));
    field.current?.focus();
    setChosen(0);
  };
  const press = (event: KeyboardEvent) => {
    if (!current || event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen((offered.indexOf(current) + step + offered.length) % offered.length);
    else if (event.key === "Enter" || event.key === "Tab") insert(current);
    else if (event.key === "Escape") setDismissedAt(writing?.start ?? null);
    else return;
    event.preventDefault();
  };
  useImperativeHandle(keys, () => ({ press }));

  const currentId = current ? `${id}-${current.id}` : null;
  useEffect(() => {
    const box = field.current;
    if (!box || !currentId) return;
    const attributes = { "aria-autocomplete": "list", "aria-controls": id, "aria-activedescendant": currentId };
    for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
    return () => {
      for (const name of Object.keys(attributes)) box.removeAttribute(name);
    };
  }, [field, id, currentId]);

  if (offered.length === 0) return null;
  return (
    <div
      id={id}
      role="listbox"
      aria-label={t("mention")}
      className="absolute bottom-full left-0 z-20 mb-1 w-64 max-w-full rounded-3 bg-surface p-1 shadow-dialog"
    >
      {offered.map((agent) => (
        <div
          key={agent.id}
          id={`${id}-${agent.id}`}
          role="option"
          tabIndex={-1}
          aria-selected={agent === current}
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => insert(agent)}
          onKeyDown={press}
          className={cx(
            "flex min-h-11 cursor-pointer items-center gap-2 rounded-2 px-2 hover:bg-surface-3 md:min-h-8",
            agent === current && "bg-accent-soft",
          )}
        >
          <Avatar name={agent.name} size={20} />
          <span dir="auto" className="min-w-0 flex-1 truncate text-start">
            {agent.name}
          </span>
        </div>
      ))}
    </div>
  );
}
