import { useTranslations } from "next-intl";
import { Fragment, type ReactNode } from "react";
import { Day, dayOf } from "../thread/lines.tsx";
import { useLightbox } from "../thread/use-lightbox.tsx";
import { useThreadScroll } from "../thread/use-thread-scroll.ts";
import { type BubbleActions, PhoneBubble } from "./phone-bubble.tsx";
import type { PhoneLine } from "./phone-lines.ts";

type PhoneThreadProps = Omit<BubbleActions, "onOpenPhotos"> & {
  lines: readonly PhoneLine[];
  /** Names of the two who talk. */
  own: string;
  other: string;
  /** What is shown instead of nothing. */
  empty: ReactNode;
};

/** A conversation on a phone, newest at the bottom. */
export function PhoneThread({ lines, own, other, empty, ...actions }: PhoneThreadProps) {
  const t = useTranslations("sandbox");
  const { scroller, content, onScroll } = useThreadScroll({ firstKey: lines[0]?.key });
  const { lightbox, openPhotos } = useLightbox({ hasOriginal: true });
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
      tabIndex={0}
      role="log"
      aria-label={t("messagesWith", { name: other })}
      className="scroll-pane flex min-h-0 flex-1 flex-col px-3 py-2 [--photos:234px]"
    >
      {lines.length === 0 ? empty : null}
      {lightbox}
      <div ref={content} className="mt-auto">
        <ol>
          {lines.map((line, index) => {
            const above = lines[index - 1];
            return (
              <Fragment key={line.key}>
                {above && dayOf(above.at) === dayOf(line.at) ? null : <Day at={line.at} />}
                <PhoneBubble line={line} author={line.own ? own : other} onOpenPhotos={openPhotos} {...actions} />
              </Fragment>
            );
          })}
        </ol>
      </div>
    </div>
  );
}
