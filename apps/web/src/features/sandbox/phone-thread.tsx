"use client";

import { useFormatter, useTranslations } from "next-intl";
import { Fragment, type ReactNode } from "react";
import { type BubbleActions, PhoneBubble } from "./phone-bubble.tsx";
import type { PhoneLine } from "./phone-lines.ts";
import { useStickToEnd } from "./use-stick-to-end.ts";

type PhoneThreadProps = BubbleActions & {
  lines: readonly PhoneLine[];
  /** Names of the two who talk. */
  own: string;
  other: string;
  /** What is shown instead of nothing. */
  empty: ReactNode;
};

const dayOf = (iso: string) => new Date(iso).toDateString();

function Day({ at }: { at: string }) {
  const t = useTranslations("sandbox");
  const format = useFormatter();
  const isToday = dayOf(at) === new Date().toDateString();
  return (
    <li className="mt-1 mb-1.5 text-center text-12/4 text-muted">
      {isToday ? t("today") : format.dateTime(new Date(at), { day: "numeric", month: "long" })}
    </li>
  );
}

export function PhoneThread({ lines, own, other, empty, ...actions }: PhoneThreadProps) {
  const t = useTranslations("sandbox");
  const { scroller, onScroll } = useStickToEnd(own);
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
      tabIndex={0}
      role="log"
      aria-label={t("messagesWith", { name: other })}
      className="scroll-pane flex min-h-0 flex-1 flex-col px-3 py-2"
    >
      {lines.length === 0 ? empty : null}
      <ol className="mt-auto">
        {lines.map((line, index) => {
          const above = lines[index - 1];
          return (
            <Fragment key={line.key}>
              {above && dayOf(above.at) === dayOf(line.at) ? null : <Day at={line.at} />}
              <PhoneBubble line={line} author={line.own ? own : other} {...actions} />
            </Fragment>
          );
        })}
      </ol>
    </div>
  );
}
