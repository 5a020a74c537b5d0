import type { Message } from "@pult/api/support/schema.ts";
import type { ReactNode } from "react";
import { cx } from "../../ui/cx.ts";

type Entity = NonNullable<Message["entities"]>[number];

const MARKS: Partial<Record<Entity["type"], string>> = {
  bold: "font-semibold",
  italic: "italic",
  underline: "underline",
  strikethrough: "line-through",
  code: "rounded-1 bg-surface-3 px-1 font-mono text-[0.92em]",
  pre: "rounded-1 bg-surface-3 px-1 font-mono text-[0.92em]",
  spoiler: "rounded-1 bg-surface-4",
  blockquote: "border-accent border-l-2 pl-2",
  expandable_blockquote: "border-accent border-l-2 pl-2",
};

export type FormattedTextProps = {
  text: string;
  entities: readonly Entity[];
  /** How words without a link are shown. */
  children: (text: string, key: number) => ReactNode;
};

/** Where formatting begins or ends, in order. */
const edgesOf = ({ text, entities }: Pick<FormattedTextProps, "text" | "entities">): number[] =>
  [...new Set([0, text.length, ...entities.flatMap(({ offset, length }) => [offset, offset + length])])]
    .filter((edge) => edge <= text.length)
    .sort((a, b) => a - b);

/** A message's words with their formatting; a link behind words shows where it leads. */
export function FormattedText({ text, entities, children }: FormattedTextProps) {
  const edges = edgesOf({ text, entities });
  return edges.slice(0, -1).map((from, at) => {
    const to = edges[at + 1] ?? text.length;
    const words = text.slice(from, to);
    const over = entities.filter(({ offset, length }) => offset <= from && offset + length >= to);
    const className = cx(...over.flatMap(({ type }) => MARKS[type] ?? []));
    const url = over.find(({ type }) => type === "text_link")?.url;
    if (url)
      return (
        <a
          key={from}
          href={url}
          title={url}
          target="_blank"
          rel="noopener noreferrer nofollow"
          className={cx("text-accent-text underline", className)}
        >
          {words}
        </a>
      );
    const shown = children(words, from);
    return className ? (
      <span key={from} className={className}>
        {shown}
      </span>
    ) : (
      shown
    );
  });
}
