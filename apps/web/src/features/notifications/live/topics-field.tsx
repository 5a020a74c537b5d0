import { MAX_TOPICS } from "@pult/api/notifications/broadcasts/limits.ts";
import { X } from "lucide-react";
import { useTranslations } from "next-intl";
import { type KeyboardEvent, useId, useState } from "react";
import { Field } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { readTopics } from "./broadcast-plan.ts";
import { useTopics, useTopicText } from "./use-audience.ts";

type TopicsFieldProps = {
  topics: readonly number[];
  /** Used before, to be chosen again. */
  known: readonly number[];
  onChange: (topics: number[]) => void;
};

function useTyping({ topics, onChange }: Pick<TopicsFieldProps, "topics" | "onChange">) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const add = (more: readonly number[]) => onChange([...new Set([...topics, ...more])].slice(0, MAX_TOPICS));
  const { data: named = [] } = useTopics();
  const take = (text: string) => {
    const { topics: found, rest } = readTopics(text, named);
    if (found.length > 0) add(found);
    setTyped(rest.join(" "));
    setWrong(rest[0] ?? null);
  };
  return {
    typed,
    wrong,
    named,
    add,
    take: () => take(typed),
    onChange(text: string) {
      setWrong(null);
      // Names may hold spaces.
      if (/[,;]|^[\d#\s]+\s$/.test(text)) take(text);
      else setTyped(text);
    },
    onKeyDown(event: KeyboardEvent) {
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        take(typed);
      } else if (event.key === "Backspace" && typed === "") onChange(topics.slice(0, -1));
    },
  };
}

function TopicChip({ topic, onRemove }: { topic: number; onRemove: () => void }) {
  const t = useTranslations("live.broadcast");
  const text = useTopicText()(topic);
  return (
    <span className="num inline-flex h-6 items-center rounded-1 bg-accent-soft pl-2 font-medium text-12 text-accent-text max-md:h-9">
      {text}
      <button
        type="button"
        aria-label={t("removeTopic", { topic: text })}
        onClick={onRemove}
        className="grid size-6 place-items-center rounded-1 -outline-offset-2 hover:text-fg max-md:size-9"
      >
        <Icon of={X} size={12} />
      </button>
    </span>
  );
}

function KnownTopics({ topics, onAdd }: { topics: readonly number[]; onAdd: (topic: number) => void }) {
  const t = useTranslations("live.broadcast");
  const topicText = useTopicText();
  return (
    <fieldset className="mt-1.5 flex flex-wrap items-center gap-1">
      <legend className="sr-only">{t("knownTopics")}</legend>
      {topics.map((topic) => (
        <button
          key={topic}
          type="button"
          aria-label={t("addKnown", { topic: topicText(topic) })}
          onClick={() => onAdd(topic)}
          className="num inline-flex h-6 items-center rounded-1 border border-line-2 bg-surface px-2 font-medium text-12 text-fg-2 hover:bg-surface-3 max-md:h-8"
        >
          + {topicText(topic)}
        </button>
      ))}
    </fieldset>
  );
}

/** Topics by their names or ids, each a chip that can be taken away; none means the live topic. */
export function TopicsField({ topics, known, onChange }: TopicsFieldProps) {
  const t = useTranslations("live.broadcast");
  const typing = useTyping({ topics, onChange });
  const { wrong } = typing;
  const namesId = useId();
  const offered = known.filter((topic) => !topics.includes(topic));
  return (
    <div>
      <Field
        label={t("topicsLabel")}
        hint={t("topicsHint")}
        error={wrong === null ? undefined : t("topicInvalid", { word: wrong })}
      >
        {(control) => (
          <div className="flex min-h-8 flex-wrap items-center gap-1 rounded-2 border border-control bg-surface px-1 py-[3px] focus-within:border-focus focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-focus max-md:min-h-11">
            {topics.map((topic) => (
              <TopicChip key={topic} topic={topic} onRemove={() => onChange(topics.filter((one) => one !== topic))} />
            ))}
            <input
              {...control}
              value={typing.typed}
              list={namesId}
              autoComplete="off"
              placeholder={topics.length === 0 ? t("liveTopic") : t("addTopic")}
              onChange={(event) => typing.onChange(event.currentTarget.value)}
              onKeyDown={typing.onKeyDown}
              onBlur={typing.take}
              className="num h-6 min-w-24 flex-1 bg-transparent px-1.5 outline-none max-md:h-9 max-md:text-16"
            />
          </div>
        )}
      </Field>
      <datalist id={namesId}>
        {typing.named.map(({ threadId, name, isClosed }) => (isClosed ? null : <option key={threadId} value={name} />))}
      </datalist>
      {offered.length > 0 ? <KnownTopics topics={offered} onAdd={(topic) => typing.add([topic])} /> : null}
    </div>
  );
}
